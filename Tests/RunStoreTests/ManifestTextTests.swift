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
    #expect(lines[0] == "florpy-checkpoint 1")
    #expect(lines[3] == "leaf \(ContentHash(of: [1]).hex) 4096 2 64")
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

  @Test(arguments: ["leaf 00 1 1 0", "leaf \(String(repeating: "0", count: 32)) -1 1 0", "leaf", "loaf x 1 1 0", ""])
  func `A line that is no leaf is refused though the hash is right`(line: String) {
    let body = Array("florpy-checkpoint 1\n{}\n\(line)\n".utf8)
    let bytes = body + Array("end \(ContentHash(of: body).hex)\n".utf8)
    #expect(throws: StoreError.self) { try ManifestText.parse(bytes, path: "m") }
  }

  @Test func `The error names the file and the invariant`() {
    let error = #expect(throws: StoreError.self) { try ManifestText.parse([], path: "checkpoints/000001") }
    #expect(error?.code == .damaged)
    #expect(error?.invariant == 4)
    #expect(error?.description.contains("`checkpoints/000001` is damaged") == true)
  }
}
