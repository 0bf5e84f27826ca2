/// The lines of a `.jsonl` file; a last line without a line feed is a torn tail and is left out.
public enum JSONLines {
  public static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    return bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
  }
}

/// Reads JSON for the store, which has no decoder of its own: nothing that runs in a script's process brings Foundation.
public protocol RecordDecoding: Sendable {
  func decode<Record: Decodable>(_ type: Record.Type, from json: [UInt8]) throws -> Record
}
