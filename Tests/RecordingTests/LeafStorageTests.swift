import LeafCoding
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Recording

/// Leaves as they come from a training: what they are stored as, and that they come back.
@Suite struct LeafStorageTests {
  private let folder: TemporaryFolder
  private let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
  }

  private var run: RunDirectory { store.directory(of: SampleRecording.run) }

  /// Numbers in memory that stays where it is, as an optimizer's does.
  private final class Weights {
    var items: [Float]

    init(count: Int) { items = (0..<count).map { Float(($0 &* 2_654_435_761) % 10_007) / 10_007 - 0.5 } }

    func step(_ number: Int) {
      for index in items.indices { items[index] += Float((index &* 31 &+ number) % 13 - 6) * 1e-6 }
    }

    var bytes: [UInt8] { items.withUnsafeBytes { Array($0) } }
  }

  /// A checkpoint after each of `steps`, with the bytes of the leaf then.
  private func record(
    _ weights: Weights, steps: Int, _ session: RecordSession, odd: Int = 0, itemBytes: Int = 4
  ) -> [[UInt8]] {
    (0..<steps).map { number in
      weights.step(number)
      weights.items.withUnsafeBytes { bytes in
        SamplePickle.graph(root: "\(number)").withUnsafeBytes { graph in
          let leaf = LiveLeaf(
            address: UInt(bitPattern: bytes.baseAddress), byteCount: bytes.count - odd, kind: .memory, itemBytes: itemBytes)
          _ = session.checkpoint(
            headerJSON: SampleJSON.position(execution: session.nextNumber, ops: session.byteCount(of: .output)), graph: graph,
            leaves: [leaf])
        }
      }
      session.drain()
      return Array(weights.bytes.dropLast(odd))
    }
  }

  @Test(arguments: [0, 1, 3], [1, 2, 4, 8])
  func `What is recorded is restored, in chains that have an end`(odd: Int, itemBytes: Int) throws {
    let session = try SampleRecording.begin(in: store)
    let states = record(Weights(count: 70_001), steps: 12, session, odd: odd, itemBytes: itemBytes)
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    #expect(SampleRecording.check(in: store).findings == [])
    let reader = try CheckpointReader(run, in: store)
    #expect(try reader.checkpoints.map { try reader.bytes(of: $0.manifest.leaves[1]) } == states)
    let depths = reader.checkpoints.map { $0.manifest.leaves[1].versions.count }
    if itemBytes == 4 { #expect(depths == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]) }
    for state in states.indices {
      var memory = [UInt8](repeating: 0, count: states[state].count)
      try memory.withUnsafeMutableBytes { memory in
        try reader.load(leaves: [(reader.checkpoints[state].manifest.leaves[1], try #require(memory.baseAddress))])
      }
      #expect(memory == states[state])
    }
  }

  @Test func `A difference is smaller than the leaf, and what is written is counted`() throws {
    let session = try SampleRecording.begin(in: store)
    _ = record(Weights(count: 100_000), steps: 2, session)
    _ = session.finish(endJSON: SampleJSON.end)
    let leaf = try #require(try store.manifest(2, of: run).leaves.last)
    #expect(leaf.byteCount == 400_000)
    #expect(leaf.storedByteCount < 300_000)
    #expect(try store.manifest(2, of: run).ownByteCount(number: 2) < 301_000)
    #expect(try store.fileSystem.status(of: run.pack(2)).byteCount < 301_000)
  }

  @Test func `An earlier version that was damaged meanwhile is not built upon`() throws {
    let session = try SampleRecording.begin(in: store)
    let weights = Weights(count: 100_000)
    _ = record(weights, steps: 2, session)
    for pack in 1...2 {
      var bytes = try store.fileSystem.contents(of: run.pack(pack))
      bytes[bytes.count - 9] ^= 1
      try store.fileSystem.writeDurably(bytes, to: run.pack(pack))
    }
    let states = record(weights, steps: 2, session)
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    let reader = try CheckpointReader(run, in: store)
    #expect(try reader.bytes(of: reader.manifest(3).leaves[1]) == states[0])
    #expect(try reader.bytes(of: reader.manifest(4).leaves[1]) == states[1])
    // The leaf of the second one is spoilt by the first.
    #expect(SampleRecording.check(in: store).findings.map(\.path) == ["packs/000001"])
  }

  @Test func `Of what cannot be made smaller the bytes are stored as they are`() throws {
    let session = try SampleRecording.begin(in: store)
    var state = UInt64(1)
    let noise = (0..<300_000).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    _ = session.checkpoint(SampleRecording.Epoch(graph: SamplePickle.graph(), leaves: [noise]), execution: 0)
    _ = session.finish(endJSON: SampleJSON.end)
    let leaf = try store.manifest(1, of: run).leaves[1]
    #expect(leaf.encoding == .raw)
    #expect(leaf.offset % 64 == 0)
  }

  @Test func `A pack of many parts is what was written to it`() throws {
    let path = folder.path + "/pack"
    let files = PosixFileSystem()
    let lengths = [5, 9 << 20, 70_000, 3 << 20, 900_000, 12 << 20, 1]
    let parts = lengths.enumerated().map { [UInt8](repeating: UInt8($0 + 1), count: $1) }
    var expected: [UInt8] = []
    var speed: Double?
    try files.withDescriptor(of: path, for: .creating) { descriptor throws(ErrorNumber) in
      let pack = PackWriter(descriptor: descriptor, fileSystem: files)
      for part in parts {
        try pack.align()
        expected += [UInt8](repeating: 0, count: pack.offset - expected.count)
        try part.withUnsafeBufferPointer { part throws(ErrorNumber) in try pack.append(UnsafeRawBufferPointer(part)) }
        expected += part
      }
      try pack.finish()
      speed = pack.deviceBytesPerSecond
    }
    #expect(try files.contents(of: path) == expected)
    #expect(speed ?? 0 > 0)
  }
}
