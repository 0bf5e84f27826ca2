import RunStore
import TestSupport
import Testing

@Suite struct AppendFileTests {
  private let folder: TemporaryFolder
  private let record = SampleRun.record("a line")

  init() throws { folder = try TemporaryFolder() }

  @Test func `Records are gathered, and are with the system after a flush`() throws {
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: PosixFileSystem())
    try file.append(record)
    #expect(file.byteCount == record.count)
    #expect(try PosixFileSystem().contents(of: file.path) == [])
    try file.flush()
    #expect(try PosixFileSystem().contents(of: file.path) == record)
  }

  @Test func `Much output is written without being asked`() throws {
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: PosixFileSystem())
    for _ in 0..<10_000 { try file.append(record) }
    #expect(try PosixFileSystem().contents(of: file.path).count > 60_000)
  }

  @Test func `A torn record is cut off and nothing follows it`() throws {
    // 1: open; 2: the first flush's write; 3: the second's, of which half gets down.
    let files = FaultyFileSystem(.once(3, .inputOutput))
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: files)
    try file.append(record)
    try file.flush()
    try file.append(record)
    #expect(throws: StoreError.self) { try file.flush() }
    #expect(throws: StoreError.self) { try file.append(record) }
    #expect(file.byteCount == record.count)
    #expect(try PosixFileSystem().contents(of: file.path) == record)
  }

  @Test func `What finds the device full is written when there is room`() throws {
    let files = FaultyFileSystem(.once(3, .noSpace))
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: files)
    try file.append(record)
    try file.flush()
    try file.append(record)
    #expect(throws: StoreError.self) { try file.flush() }
    try file.append(record)
    try file.flush()
    #expect(try PosixFileSystem().contents(of: file.path) == record + record + record)
    #expect(file.contents?.byteCount == 3 * record.count)
  }

  @Test func `What never finds room is lost, and not counted`() throws {
    let files = FaultyFileSystem(.full(3, .max))
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: files)
    try file.append(record)
    try file.flush()
    while (try? file.append([UInt8](repeating: 7, count: 100_000))) != nil {}
    #expect(throws: StoreError.self) { try file.append(record) }
    try file.close()
    #expect(file.contents == nil)
    #expect(try PosixFileSystem().contents(of: file.path) == record)
  }

  @Test func `A failed synchronization is never tried again`() throws {
    let files = FaultyFileSystem(.once(2, .inputOutput))
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: files)
    #expect(throws: StoreError.self) { try file.synchronize() }
    let calls = files.calls
    #expect(throws: StoreError.self) { try file.synchronize() }
    #expect(files.calls == calls)
  }

  @Test func `Interrupted and short writes lose nothing`() throws {
    let files = FaultyFileSystem(.interruptions)
    let file = try AppendFile(creating: folder.path + "/ops", fileSystem: files)
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    try file.append(bytes)
    try file.flush()
    try file.synchronize()
    #expect(files.fired)
    #expect(try files.contents(of: file.path) == bytes)
  }
}

extension AppendFile {
  fileprivate func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }
}
