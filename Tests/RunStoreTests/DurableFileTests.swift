import RunStore
import TestSupport
import Testing

@Suite struct DurableFileTests {
  private let folder: TemporaryFolder
  private let old = Array("the old contents".utf8)
  private let new = Array("what replaces them, and is longer".utf8)

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [ErrorNumber.noSpace, .inputOutput], [true, false])
  func `Whichever call fails, the file is the old one or the new one, whole`(error: ErrorNumber, lasting: Bool) throws {
    var call = 0
    var fired = true
    while fired {
      call += 1
      let path = "\(folder.path)/\(call)"
      try PosixFileSystem().writeDurably(old, to: path)
      let files = FaultyFileSystem(lasting ? .fromThenOn(call, error) : .once(call, error))
      let failed = (try? files.writeDurably(new, to: path)) == nil
      fired = files.fired
      #expect(failed == fired, "call \(call)")
      let found = try PosixFileSystem().contents(of: path)
      #expect(found == new || (failed && found == old), "call \(call)")
    }
    #expect(call > 6)
  }

  @Test func `The name appears only after the bytes are durable`() throws {
    // open, write, synchronize: the third call is the last before the rename.
    let files = FaultyFileSystem(.once(3, .inputOutput))
    #expect(throws: StoreError.self) { try files.writeDurably(new, to: folder.path + "/run.json") }
    #expect(try PosixFileSystem().names(in: folder.path) == [])
  }

  @Test func `Nothing of an interrupted or piecemeal write is lost`() throws {
    let files = FaultyFileSystem(.interruptions)
    try files.writeDurably(new, to: folder.path + "/run.json")
    #expect(try files.contents(of: folder.path + "/run.json") == new)
    #expect(files.fired)
  }
}
