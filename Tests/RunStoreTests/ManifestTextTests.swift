import RunModel
import RunStore
import TestSupport
import Testing

@Suite struct ManifestTextTests {
  private let manifest = CheckpointManifest(
    positionJSON: SampleJSON.position(checkpoint: 12, ops: 8812),
    leaves: (0..<3).map { LeafRecord(hash: ContentHash(of: [UInt8($0)]), byteCount: $0 * 4096, pack: $0 + 1, offset: $0 * 64) })

  @Test func `A manifest reads back as it was written`() throws {
    #expect(try ManifestText.parse(ManifestText.encode(manifest), path: "m") == manifest)
  }

  @Test func `It is the text that the page describes`() {
    let lines = String(decoding: ManifestText.encode(manifest), as: UTF8.self).split(separator: "\n")
    #expect(lines[0] == "florpy-checkpoint 3")
    #expect(lines[3] == "leaf 4096 \(ContentHash(of: [1]).hex) 2 64 4096 raw")
    #expect(lines.last?.count == "end ".count + 32)
  }

  @Test func `A changed byte is noticed wherever it is`() {
    let bytes = ManifestText.encode(manifest)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x10
      #expect(throws: StoreError.self, "byte \(index)") { try ManifestText.parse(changed, path: "m") }
    }
  }

  @Test func `A manifest cut anywhere is noticed`() {
    let bytes = ManifestText.encode(manifest)
    for count in 0..<bytes.count {
      #expect(throws: StoreError.self, "first \(count) bytes") { try ManifestText.parse(Array(bytes[..<count]), path: "m") }
    }
  }

  private static let hash = String(repeating: "0", count: 32)
  private static let planes = "\(hash) 1 0 40 planes4"

  private func parsed(_ line: String, format: Int = 2) throws -> CheckpointManifest {
    let body = Array("florpy-checkpoint \(format)\n{}\n\(line)\n".utf8)
    return try ManifestText.parse(body + Array("end \(ContentHash(of: body).hex)\n".utf8), path: "m")
  }

  @Test(arguments: [
    "leaf 1 00 1 0 1 raw", "leaf -1 \(hash) 1 0 -1 raw", "leaf", "leaf 1", "loaf 1 \(hash) 1 0 1 raw", "",
    "leaf 2 \(hash) 1 0 1 raw", "leaf 1 \(hash) 1 0 1 raw raw", "leaf 1 \(hash) 1 0 1", "leaf 100 \(planes) x",
    "leaf 100 \(hash) 1 0 40 planes3", "leaf 100 \(hash) 1 0 40 difference4", "leaf 100 \(hash) 1 0 15 planes4",
    "leaf 9223372036854775807 \(planes)", "leaf 100 \(hash) 2 0 40 difference4 \(hash) 1 0 40 raw",
  ])
  func `A line that is no leaf, or says what cannot be, is refused though the hash is right`(line: String) {
    #expect(throws: StoreError.self) { try parsed(line) }
  }

  @Test func `A leaf of format 1 is read, and is none of format 2`() throws {
    let line = "leaf \(ContentHash(of: [1]).hex) 4096 2 64"
    let leaf = LeafRecord(hash: ContentHash(of: [1]), byteCount: 4096, pack: 2, offset: 64)
    #expect(try parsed(line, format: 1).leaves == [leaf])
    #expect(throws: StoreError.self) { try parsed(line) }
    #expect(throws: StoreError.self) { try parsed("leaf 1 \(Self.planes)", format: 1) }
    #expect(throws: StoreError.self) { try parsed(line, format: 3) }
  }

  @Test func `Encodings read back as they were written`() throws {
    let whole = LeafRecord(
      hash: ContentHash(of: [1]), byteCount: 5000, pack: 1, offset: 7, storedByteCount: 4000, encoding: .planes(itemBytes: 8))
    var leaf = whole
    for pack in 2...5 {
      leaf.encoding = .difference(itemBytes: 2, from: leaf)
      leaf.pack = pack
      let manifest = CheckpointManifest(positionJSON: "{}", leaves: [whole, leaf])
      #expect(try ManifestText.parse(ManifestText.encode(manifest), path: "m") == manifest)
    }
    #expect(leaf.versions.map(\.pack) == [1, 2, 3, 4, 5])
  }

  @Test func `A longer chain of differences than a reader will follow is refused`() throws {
    let difference = "\(Self.hash) 9 0 40 difference4 "
    func line(_ count: Int) -> String { "leaf 100 \(String(repeating: difference, count: count))\(Self.planes)" }
    #expect(try parsed(line(4)).leaves[0].versions.count == 5)
    #expect(throws: StoreError.self) { try parsed(line(5)) }
  }

  @Test func `The error names the file and the invariant`() {
    let error = #expect(throws: StoreError.self) { try ManifestText.parse([], path: "checkpoints/000001") }
    #expect(error?.code == .damaged)
    #expect(error?.invariant == 4)
    #expect(error?.description.contains("`checkpoints/000001` is damaged") == true)
  }
}
