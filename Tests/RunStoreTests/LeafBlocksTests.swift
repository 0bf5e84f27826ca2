import LeafCoding
import RunModel
import RunStore
import TestSupport
import Testing

/// A leaf in five versions, each a difference from the one before, in packs that were put together by hand.
@Suite struct LeafBlocksTests {
  private let sample: SampleRun
  private let leaf: LeafRecord
  private static let firstPack = 11

  /// Made once: two blocks, and an item that is not whole.
  private static let versions: [[UInt8]] = {
    let first = [UInt8](unsafeUninitializedCapacity: BlockFormat.decodedByteCount + 4003) { buffer, count in
      count = buffer.count
      for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index / 4 &* 37 ^ index % 4 &* 91) }
    }
    return (0..<5).map { version in
      var bytes = first
      for index in stride(from: 0, to: bytes.count, by: 4) { bytes[index] &+= UInt8(version) }
      return bytes
    }
  }()
  private static let stored: [[UInt8]] = versions.indices.map { encoded(versions[$0], since: $0 == 0 ? nil : versions[$0 - 1]) }

  init() throws {
    sample = try SampleRun()
    var leaf: LeafRecord?
    for (version, stored) in Self.stored.enumerated() {
      let pack = Self.firstPack + version
      try sample.store.fileSystem.writeDurably([1, 2, 3] + stored + [4, 5], to: sample.run.pack(pack))
      leaf = LeafRecord(
        hash: ContentHash(of: Self.versions[version]), byteCount: Self.versions[version].count, pack: pack, offset: 3,
        storedByteCount: stored.count, encoding: leaf.map { .difference(itemBytes: 4, from: $0) } ?? .planes(itemBytes: 4))
    }
    self.leaf = try #require(leaf)
  }

  private static func encoded(_ bytes: [UInt8], since earlier: [UInt8]?) -> [UInt8] {
    let encoder = BlockEncoder()
    var stored: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: BlockFormat.decodedByteCount) {
      let range = start..<min(start + BlockFormat.decodedByteCount, bytes.count)
      var block = [UInt8](repeating: 0, count: BlockFormat.largestEncoding(of: range.count, itemBytes: 4))
      let count = block.withUnsafeMutableBytes { output in
        Array(bytes[range]).withUnsafeBytes { bytes in
          guard let earlier else { return encoder.encode(bytes, itemBytes: 4, effort: .literals, into: output) }
          return Array(earlier[range]).withUnsafeBytes { earlier in
            encoder.encode(bytes, since: earlier, itemBytes: 4, effort: .literals, into: output)
          }
        }
      }
      stored += block[..<count]
    }
    return stored
  }

  private func read(_ leaf: LeafRecord) throws -> [UInt8] {
    try LeafBlocks.bytes(of: leaf, in: PackFiles(sample.run, in: sample.store.fileSystem))
  }

  private func error(_ leaf: LeafRecord) -> StoreError? {
    #expect(throws: StoreError.self) { try read(leaf) }
  }

  private func change(_ pack: Int, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try sample.store.fileSystem.contents(of: sample.run.pack(pack))
    change(&bytes)
    try sample.store.fileSystem.writeDurably(bytes, to: sample.run.pack(pack))
  }

  @Test func `Each version in a chain reads back as it was`() throws {
    for (version, record) in leaf.versions.enumerated() { #expect(try read(record) == Self.versions[version]) }
  }

  @Test(arguments: 11...15, [3, 2000, -3])
  func `Whichever version is damaged, its pack is named`(pack: Int, place: Int) throws {
    try change(pack) { bytes in bytes[place < 0 ? bytes.count + place : place] ^= 0x41 }
    let error = error(leaf)
    #expect(error?.path == sample.run.pack(pack))
    #expect(error?.code == .damaged)
    #expect(error?.invariant == 5)
  }

  @Test(arguments: 11...15)
  func `A version that is cut off or gone is named before there is memory for it`(pack: Int) throws {
    try change(pack) { $0.removeLast(10) }
    #expect(error(leaf)?.path == sample.run.pack(pack))
    #expect(error(leaf)?.description.contains("is cut off") == true)
    try sample.store.fileSystem.remove(sample.run.pack(pack))
    #expect(error(leaf)?.description.contains("it is missing") == true)
  }

  @Test func `What a record claims is not believed`() throws {
    var wrong = leaf.versions[0]
    wrong.byteCount = 1 << 50
    #expect(error(wrong)?.code == .damaged)
    wrong = leaf.versions[0]
    wrong.offset = .max
    #expect(error(wrong)?.code == .damaged)
    wrong = leaf.versions[0]
    wrong.storedByteCount += 2
    #expect(error(wrong)?.description.contains("takes less") == true)
    wrong = leaf.versions[0]
    wrong.encoding = .planes(itemBytes: 8)
    #expect(error(wrong)?.code == .damaged)
  }

  @Test func `The checker finds the version at fault, once, and knows what belongs to a run`() throws {
    let graph = try sample.store.manifest(3, of: sample.run).leaves[0]
    // Packs of checkpoints that were given up are in the way of none; these are needed.
    let moved = try moved(leaf, to: 1)
    try sample.writeManifest(3, [graph, moved, moved.versions[0]])
    #expect(sample.check().findings == [])
    try sample.store.fileSystem.remove(sample.run.pack(12))
    #expect(sample.check().findings == [])
    try change(1) { $0[$0.count - 3] ^= 1 }
    let found = sample.check().findings
    #expect(found.map(\.path) == ["packs/000001"])
    #expect(found.map(\.invariant) == [5])
  }

  /// Its first two versions, behind what the sample has in packs 1 and 2.
  private func moved(_ leaf: LeafRecord, to pack: Int) throws -> LeafRecord {
    var records = Array(leaf.versions[..<2])
    for index in 0..<2 {
      let stored = try sample.store.fileSystem.contents(
        of: sample.run.pack(11 + index), at: 3, byteCount: records[index].storedByteCount)
      records[index].pack = pack + index
      try change(pack + index) { bytes in
        records[index].offset = bytes.count
        bytes += stored + [0, 0]
      }
    }
    records[1].encoding = .difference(itemBytes: 4, from: records[0])
    return records[1]
  }

  @Test func `Invariant 5: a version that is not older than its difference is reported`() throws {
    let graph = try sample.store.manifest(3, of: sample.run).leaves[0]
    var late = leaf.versions[1]
    late.pack = 1
    try sample.writeManifest(3, [graph, late])
    #expect(sample.check().findings.map(\.path) == ["checkpoints/000003"])
    #expect(sample.check().findings.map(\.invariant) == [5])
  }
}
