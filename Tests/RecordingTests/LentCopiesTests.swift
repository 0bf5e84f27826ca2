import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Recording

/// Copies that the writer is lent, as those of a device's memory: not copied again, and kept until it has read them.
@Suite struct LentCopiesTests {
  private let folder: TemporaryFolder
  private let store: RunStore
  private static let byteCount = 1 << 20

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
  }

  private var run: RunDirectory { store.directory(of: SampleRecording.run) }

  private func take(_ leaves: [LiveLeaf], _ session: RecordSession) -> Int? {
    SamplePickle.graph(root: "state").withUnsafeBytes { graph in
      session.checkpoint(
        headerJSON: SampleJSON.position(execution: 0, ops: session.byteCount(of: .output)), graph: graph, leaves: leaves)
    }
  }

  private func copy(_ block: LiveBlock, origin: UInt? = nil) -> LiveLeaf {
    var leaf = block.leaf(0..<block.byteCount, kind: .copy)
    leaf.itemBytes = 4
    if let origin { leaf.origin = origin }
    return leaf
  }

  @Test func `They are stored beside what is copied, in the order of the leaves`() throws {
    let (lent, own, second) = (
      LiveBlock(byteCount: Self.byteCount), LiveBlock(byteCount: Self.byteCount), LiveBlock(byteCount: Self.byteCount)
    )
    own[5] = 99
    second[6] = 98
    let session = try SampleRecording.begin(in: store)
    let number = try #require(take([copy(lent), own.leaf(0..<Self.byteCount), copy(second)], session))
    own[5] = 1  // a copy of its own was made of this one
    session.drain()
    #expect(session.takeReturned() == [number])
    #expect(session.takeReturned() == [])
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    own[5] = 99
    let reader = try CheckpointReader(run, in: store)
    let leaves = try reader.checkpoints[0].manifest.leaves.dropFirst().map { try reader.bytes(of: $0) }
    #expect(leaves == [lent, own, second].map { $0.bytes(0..<Self.byteCount) })
  }

  @Test func `They count as a part of the state`() throws {
    let arena = StagingArena()
    let small = [UInt8](repeating: 1, count: 10)
    let first = try small.withUnsafeBytes { try arena.stage(leaves: [$0], lentByteCount: 65 << 20) }
    #expect(arena.isFull)
    #expect(try small.withUnsafeBytes { try arena.stage(leaves: [$0], lentByteCount: 65 << 20) } == nil)
    #expect(try #require(first).isReleased == false)
    first?.release()
    #expect(first?.isReleased == true && !arena.isFull)
    #expect(arena.byteCount < 4 << 20)
  }

  @Test func `Versions are known by where the program has them`() throws {
    let session = try SampleRecording.begin(in: store)
    // Numbers that change a little, each time copied to another place.
    var numbers = (0..<Self.byteCount / 4).map { Float(($0 &* 2_654_435_761) % 10_007) / 10_007 - 0.5 }
    var copies: [LiveBlock] = []
    for step in 0..<3 {
      for index in numbers.indices { numbers[index] += Float((index &* 31 &+ step) % 13 - 6) * 1e-6 }
      let block = LiveBlock(byteCount: Self.byteCount)
      numbers.withUnsafeBytes { block.base.copyMemory(from: $0.baseAddress!, byteCount: Self.byteCount) }
      copies.append(block)
      _ = take([copy(block, origin: 4096)], session)
      session.drain()
    }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    let reader = try CheckpointReader(run, in: store)
    let records = reader.checkpoints.map { $0.manifest.leaves[1] }
    #expect(records.map(\.versions.count) == [1, 2, 3])
    #expect(try records.map { try reader.bytes(of: $0) } == copies.map { $0.bytes(0..<Self.byteCount) })
  }
}
