import RunModel
import RunStore

/// Damage of bytes: random, but likely to get past the first check of a reader.
struct Mutation<Generator: RandomNumberGenerator> {
  var generator: Generator

  /// What numbers, texts and structures are likely to be read wrongly as.
  private static var tokens: [[UInt8]] {
    [
      "0", "-1", "1e999", "9223372036854775807", "18446744073709551616", "null", "[]", "{}", "\"\"", " ", "\n", "\\u0000",
      "difference8",
    ]
    .map { Array($0.utf8) } + [
      [0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], Array(repeating: UInt8(ascii: "["), count: 2000),
    ]
  }

  mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let part = self.part(of: bytes)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0 where !bytes.isEmpty:
      bytes[Int.random(in: bytes.indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1 where !bytes.isEmpty:
      bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
    case 2: bytes = Array(bytes.prefix(part.lowerBound))
    case 3: bytes.replaceSubrange(part, with: repeatElement(0, count: part.count))
    case 4: bytes.removeSubrange(part)
    case 5: bytes.insert(contentsOf: bytes[part], at: part.upperBound)
    default:
      let token = Self.tokens.randomElement(using: &generator) ?? []
      bytes.replaceSubrange(part.lowerBound..<min(part.lowerBound + 2, bytes.count), with: token)
    }
  }

  private mutating func part(of bytes: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0...bytes.count, using: &generator)
    return start..<min(bytes.count, start + Int.random(in: 0...64, using: &generator))
  }
}

/// Makes damaged bytes pass the check of their own hash.
enum Resealing {
  static func manifest(_ bytes: [UInt8]) -> [UInt8] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast(2)
    let body = Array(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
    return body + Array("end \(ContentHash(of: body).hex)\n".utf8)
  }

  static func json(_ bytes: [UInt8]) -> [UInt8] {
    let field = Array(#","hash":""#.utf8)
    let sealed = bytes.dropLast(min(bytes.count, field.count + 34 + 1))
    let text = String(decoding: sealed, as: UTF8.self) + "}"
    return SealedJSON.seal(text)
  }
}
