public import RunModel

/// A checkpoint manifest as it stands in its file; writer and reader side by side, on purpose.
public enum ManifestText {
  private static let firstLine = "florpy-checkpoint 3"
  /// Of format 2: none of its positions is inside a loop.
  private static let secondFirstLine = "florpy-checkpoint 2"
  /// Of format 1.
  private static let earlierFirstLine = "florpy-checkpoint 1"

  public static func encode(_ manifest: CheckpointManifest) -> [UInt8] {
    precondition(!manifest.positionJSON.utf8.contains(UInt8(ascii: "\n")), "A manifest's position is one line.")
    var text = "\(firstLine)\n\(manifest.positionJSON)\n"
    for leaf in manifest.leaves {
      text += "leaf \(leaf.byteCount) \(LeafText.encode(leaf))\n"
    }
    let body = Array(text.utf8)
    return body + Array("end \(ContentHash(of: body).hex)\n".utf8)
  }

  /// `path` is only for the message. The bytes are trusted once the hash in the last line is theirs, not before.
  public static func parse(_ bytes: [UInt8], path: String) throws(StoreError) -> CheckpointManifest {
    let body = try verifiedBody(bytes, path: path)
    let lines = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let isEarlier = lines[0].elementsEqual(earlierFirstLine.utf8)
    let isKnown = [firstLine, secondFirstLine, earlierFirstLine].contains { lines[0].elementsEqual($0.utf8) }
    guard lines.count >= 3, isKnown else {
      throw .damaged(path, invariant: 4, "its first line is not `\(firstLine)`")
    }
    guard let position = String(validating: lines[1], as: UTF8.self) else {
      throw .damaged(path, invariant: 4, "its position is not UTF-8")
    }
    var leaves: [LeafRecord] = []
    leaves.reserveCapacity(lines.count - 3)
    // The body ends in a line feed, so the last piece is empty.
    for line in lines[2...].dropLast() {
      let line = String(decoding: line, as: UTF8.self)
      guard let leaf = isEarlier ? LeafText.parseEarlier(line) : LeafText.parse(line) else {
        throw .damaged(path, invariant: 4, "line \(leaves.count + 3) is no leaf")
      }
      leaves.append(leaf)
    }
    guard !leaves.isEmpty else { throw .damaged(path, invariant: 4, "it has no leaf, not even a graph") }
    return CheckpointManifest(positionJSON: position, leaves: leaves)
  }

  private static func verifiedBody(_ bytes: [UInt8], path: String) throws(StoreError) -> ArraySlice<UInt8> {
    let lineFeed = UInt8(ascii: "\n")
    guard bytes.last == lineFeed, let before = bytes.dropLast().lastIndex(of: lineFeed) else {
      throw .damaged(path, invariant: 4, "its last line is not `end HASH`")
    }
    let last = String(decoding: bytes[(before + 1)...].dropLast(), as: UTF8.self)
    guard last.hasPrefix("end "), let recorded = ContentHash(hex: last.dropFirst(4)) else {
      throw .damaged(path, invariant: 4, "its last line is not `end HASH`")
    }
    let body = bytes[...before]
    let actual = body.withUnsafeBytes { ContentHash(of: $0) }
    guard actual == recorded else {
      throw .damaged(path, invariant: 4, "its last line says \(recorded), its bytes have the hash \(actual)")
    }
    return body
  }
}
