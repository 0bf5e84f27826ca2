import LeafCoding
import RunModel

/// A leaf's line in a manifest: `leaf BYTES`, then its versions, of which each but the last is a difference from the next.
enum LeafText {
  /// Differences from differences are at most so many, so that restoring reads few packs.
  static let mostDifferences = LeafBlocks.mostDifferences

  static func encode(_ leaf: LeafRecord) -> String {
    let place = "\(leaf.hash.hex) \(leaf.pack) \(leaf.offset) \(leaf.storedByteCount)"
    switch leaf.encoding {
    case .raw: return "\(place) raw"
    case .planes(let itemBytes): return "\(place) planes\(itemBytes)"
    case .difference(let itemBytes, let earlier): return "\(place) difference\(itemBytes) \(encode(earlier))"
    }
  }

  /// Nil where the line is none, or says what cannot be.
  static func parse(_ line: String) -> LeafRecord? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 2, words[0] == "leaf", let byteCount = count(words[1]) else { return nil }
    return version(words[2...], byteCount, mostDifferences)
  }

  /// Of format 1: `leaf HASH BYTES PACK OFFSET`.
  static func parseEarlier(_ line: String) -> LeafRecord? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 5, words[0] == "leaf", let hash = ContentHash(hex: words[1]), let byteCount = count(words[2]),
      let pack = count(words[3]), let offset = count(words[4])
    else { return nil }
    return LeafRecord(hash: hash, byteCount: byteCount, pack: pack, offset: offset)
  }

  private static func version(_ words: ArraySlice<Substring>, _ byteCount: Int, _ differencesLeft: Int) -> LeafRecord? {
    let (words, rest) = (Array(words.prefix(5)), words.dropFirst(5))
    guard words.count == 5, let hash = ContentHash(hex: words[0]), let pack = count(words[1]), let offset = count(words[2]),
      let stored = count(words[3]), let encoding = encoding(words[4], rest, byteCount, differencesLeft)
    else { return nil }
    let leaf = LeafRecord(
      hash: hash, byteCount: byteCount, pack: pack, offset: offset, storedByteCount: stored, encoding: encoding)
    return isPossible(leaf) ? leaf : nil
  }

  private static func encoding(
    _ word: Substring, _ rest: ArraySlice<Substring>, _ byteCount: Int, _ differencesLeft: Int
  ) -> LeafEncoding? {
    if word == "raw" { return rest.isEmpty ? .raw : nil }
    for itemBytes in BlockFormat.itemByteCounts {
      if word == "planes\(itemBytes)" { return rest.isEmpty ? .planes(itemBytes: itemBytes) : nil }
      if word == "difference\(itemBytes)", differencesLeft > 0 {
        return version(rest, byteCount, differencesLeft - 1).map { .difference(itemBytes: itemBytes, from: $0) }
      }
    }
    return nil
  }

  /// What is stored bounds what is decoded, so that a reader may make room for it.
  static func isPossible(_ leaf: LeafRecord) -> Bool {
    switch leaf.encoding {
    case .raw: leaf.storedByteCount == leaf.byteCount
    case .planes(let itemBytes), .difference(let itemBytes, _):
      leaf.storedByteCount >= BlockFormat.smallestEncoding(of: leaf.byteCount, itemBytes: itemBytes)
    }
  }

  private static func count(_ word: Substring) -> Int? {
    guard let number = Int(word), number >= 0, String(number) == word else { return nil }
    return number
  }
}
