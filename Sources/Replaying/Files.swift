import FoundationEssentials
import RunStore

/// Small JSON files beside a replay.
enum Files {
  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(filePath: path)))
  }

  /// Whole or not at all, and for the user alone.
  static func write(_ value: some Encodable, to path: String) throws {
    try PosixFileSystem().writeWhole(Array(text(value)), to: path, synchronized: false)
  }

  static func text(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) throws {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch let error as CocoaError where error.code == .fileNoSuchFile {
      return
    }
  }

  /// The last lines of a text file; nothing where it cannot be read.
  static func tail(_ path: String, lines: Int = 20) -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(lines).joined(separator: "\n")
  }

  /// Makes a folder that is private to the user.
  static func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// Makes the next numbered folder: `NNN`, private to the user.
  static func makeNumberedFolder(in parent: String) throws -> String {
    let manager = FileManager.default
    var number = 1
    while true {
      let digits = String(number)
      let path = "\(parent)/\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)"
      do {
        try manager.createDirectory(
          atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return path
      } catch let error as CocoaError where error.code == .fileWriteFileExists {
        number += 1
      } catch {
        throw ReplayError.cannotCreate(path)
      }
    }
  }
}
