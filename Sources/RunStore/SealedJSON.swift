import RunModel

/// A JSON object in a file of its own, whose last field says what the hash of all bytes before that field is.
public enum SealedJSON {
  private static let field = Array(#","hash":""#.utf8)
  private static let ending = Array("\"}\n".utf8)

  /// `object` has at least one field.
  public static func seal(_ object: String) -> [UInt8] {
    let text = Array(object.utf8)
    guard let brace = text.lastIndex(of: UInt8(ascii: "}")) else { preconditionFailure("What is sealed is a JSON object.") }
    let body = text[..<brace]
    let hash = body.withUnsafeBytes { ContentHash(of: $0) }
    return Array(body) + field + Array(hash.hex.utf8) + ending
  }

  /// From this format on `run.json` and `end.json` have a seal.
  static let firstFormatVersion = 4

  /// Whether there is a seal, and the bytes before it are those that were sealed.
  public static func isIntact(_ bytes: [UInt8]) -> Bool {
    let sealByteCount = field.count + 32 + ending.count
    let body = bytes.dropLast(sealByteCount)
    let seal = bytes.suffix(sealByteCount)
    guard seal.starts(with: field), seal.suffix(ending.count).elementsEqual(ending) else { return false }
    let recorded = ContentHash(hex: String(decoding: seal.dropFirst(field.count).prefix(32), as: UTF8.self))
    return recorded == body.withUnsafeBytes { ContentHash(of: $0) }
  }
}
