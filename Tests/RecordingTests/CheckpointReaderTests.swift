import Recording
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

@Suite struct CheckpointReaderTests {
  private let folder: TemporaryFolder
  private let store: RunStore
  private let run: RunDirectory

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
    run = store.directory(of: SampleRecording.run)
    let session = try SampleRecording.begin(in: store)
    SampleRecording.record(epochs: 2, in: session)
    try #require(session.finish(endJSON: SampleJSON.end) == [])
  }

  /// Loads both leaves of checkpoint 2 into memory that held zeros.
  private func load() throws -> (error: StoreError?, memory: [[UInt8]]) {
    let reader = try CheckpointReader(run, in: store)
    let leaves = Array(try reader.manifest(2).leaves.dropFirst())
    let memory = leaves.map { leaf in
      let memory = UnsafeMutableRawPointer.allocate(byteCount: leaf.byteCount, alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: leaf.byteCount)
      return memory
    }
    defer { for block in memory { block.deallocate() } }
    var failure: StoreError?
    do throws(StoreError) {
      try reader.load(leaves: Array(zip(leaves, memory)))
    } catch {
      failure = error
    }
    return (failure, zip(leaves, memory).map { Array(UnsafeRawBufferPointer(start: $1, count: $0.byteCount)) })
  }

  private func damage(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try store.fileSystem.contents(of: path)
    change(&bytes)
    try store.fileSystem.writeDurably(bytes, to: path)
  }

  @Test func `Leaves are loaded where they belong`() throws {
    let loaded = try load()
    #expect(loaded.error == nil)
    #expect(loaded.memory == SampleRecording.epoch(2).leaves)
  }

  @Test func `A damaged leaf is named, and no byte of any other was written`() throws {
    // The last leaf: those before it are in order.
    let leaf = try #require(try store.manifest(2, of: run).leaves.last)
    try damage(run.pack(2)) { $0[leaf.offset + 1999] ^= 1 }
    let loaded = try load()
    #expect(loaded.error?.code == .damaged)
    #expect(loaded.error?.path == run.pack(2))
    #expect(loaded.error?.description.contains("the leaf of 2000 bytes at \(leaf.offset)") == true)
    #expect(loaded.memory.allSatisfy { $0.allSatisfy { $0 == 0 } })
  }

  @Test func `A pack cut short is damaged, not read past its end`() throws {
    try damage(run.pack(2)) { $0.removeLast() }
    let loaded = try load()
    #expect(loaded.error?.description.contains("cut off") == true)
    #expect(loaded.memory.allSatisfy { $0.allSatisfy { $0 == 0 } })
  }

  @Test func `A missing or an empty pack is damaged`() throws {
    try damage(run.pack(2)) { $0 = [] }
    #expect(try load().error?.code == .damaged)
    try store.fileSystem.remove(run.pack(2))
    #expect(try load().error?.code == .damaged)
  }

  @Test func `A damaged graph is not given out`() throws {
    try damage(run.pack(2)) { $0[0] ^= 1 }
    let reader = try CheckpointReader(run, in: store)
    #expect(throws: StoreError.self) { try reader.readGraph(2) }
    #expect(try reader.readGraph(1) == SampleRecording.epoch(1).graph)
  }

  @Test func `A checkpoint that is not there is said to be so`() throws {
    let error = #expect(throws: StoreError.self) { try CheckpointReader(run, in: store).readGraph(9) }
    #expect(error?.code == .notFound)
  }

  @Test func `A run in a later format is refused`() throws {
    try damage(run.format) { $0 = Array("florpy-run 9\n".utf8) }
    let error = #expect(throws: StoreError.self) { try CheckpointReader(run, in: store) }
    #expect(error?.code == .unknownFormat)
  }
}
