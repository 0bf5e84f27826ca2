import RunModel
import RunStore
import TestSupport
import Testing

@Suite struct RunStoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func store(with names: [String]) throws -> RunStore {
    let store = RunStore(path: folder.path + "/deep/.flor")
    try store.make()
    for name in names { try store.fileSystem.makeDirectory("\(store.runs)/\(name)") }
    return store
  }

  private let names = ["20260102-030405-abcdef", "20260102-030405-abc123", "20260301-000000-000000"]

  @Test func `Runs are listed oldest first, and other folders are not runs`() throws {
    let store = try store(with: names + ["notes", "20260102-030405"])
    #expect(try store.runIDs().map(\.text) == [names[1], names[0], names[2]])
  }

  @Test func `A run is found by a unique beginning of its name, or as the latest`() throws {
    let store = try store(with: names)
    #expect(try store.run("20260102-030405-abcd").run.text == names[0])
    #expect(try store.run("202603").run.text == names[2])
    #expect(try store.run("latest").run.text == names[2])
  }

  @Test(arguments: ["20260102", "1999", "abcdef"])
  func `What names no run, or several, is said with what to do about it`(reference: String) throws {
    let store = try store(with: names)
    let error = #expect(throws: StoreError.self) { try store.run(reference) }
    #expect(error?.code == .notFound)
    #expect(error?.description.contains(reference) == true)
    #expect(error?.hint?.isEmpty == false)
  }

  @Test func `A store without runs says how to get one`() throws {
    let store = try store(with: [])
    let error = #expect(throws: StoreError.self) { try store.run("latest") }
    #expect(error?.hint?.contains("florpy record") == true)
  }

  @Test func `The nearest store is found upwards`() throws {
    let store = try store(with: [])
    try store.fileSystem.makeDirectory(folder.path + "/deep/inner")
    #expect(try RunStore.nearest(to: folder.path + "/deep/inner").path == store.path)
    #expect(try RunStore.nearest(to: folder.path + "/deep").path == store.path)
    let error = #expect(throws: StoreError.self) { try RunStore.nearest(to: folder.path) }
    #expect(error?.code == .notFound)
  }

  @Test func `A lock is seen while it is held, and no longer`() throws {
    let path = folder.path + "/lock"
    #expect(try !RunLock.isHeld(path))
    let lock = try RunLock(holding: path)
    #expect(try RunLock.isHeld(path))
    lock.release()
    #expect(try !RunLock.isHeld(path))
  }
}

@Suite struct OutputRecordsTests {
  @Test func `Records come back in order, and a torn tail does not`() {
    let whole = SampleRun.record("one") + SampleRun.record("") + SampleRun.record("drei")
    for torn in 0..<SampleRun.record("torn").count {
      var records = OutputRecords(whole + SampleRun.record("torn")[..<torn])
      var payloads: [Int] = []
      while let record = records.next() { payloads.append(record.payload.count) }
      #expect(payloads == [3, 0, 4])
      #expect(records.offset == whole.count)
      #expect(!records.endedAtUnknownKind)
    }
  }
}
