import FoundationEssentials
import Glibc
import Launching
import RunModel

/// What the host of a recording is told, beyond what every host is told.
struct RecordSettings: Encodable {
  let mode = "record"
  let store: String
  let run: String
  /// Nil where it is unlimited.
  let overhead: Double?
  /// Whether it is not the user's own.
  let thrifty: Bool
  let onlyEnds: Bool
  /// In bytes; nil: no limit.
  let diskLimit: Int?
  let script: String
  let module: Bool
  let include: [String]
  let exclude: [String]
  let verbose: Bool
  let storeWasNamed: Bool
  /// Nil where the user has chosen one.
  let hashSeed: UInt32?

  init(_ command: RecordCommand, _ script: RecordedScript) throws {
    store = Self.store(command, script)
    run = RunID.now().text
    (overhead, thrifty) = (command.overhead.share, command.overhead.isDefault)
    onlyEnds = command.onlyEnds
    diskLimit = command.maxDisk?.count
    self.script = script.name
    module = script.isModule
    include = command.include
    exclude = command.exclude
    verbose = command.verbose
    storeWasNamed = command.store != nil
    hashSeed = getenv("PYTHONHASHSEED") == nil ? .random(in: 1...UInt32.max) : nil
  }

  static func store(_ command: RecordCommand, _ script: RecordedScript) -> String {
    let store = command.store ?? "\(script.folder)/.flor"
    return store.hasPrefix("/") ? store : "\(FileManager.default.currentDirectoryPath)/\(store)"
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Whether the store is there, or can be made, as far as one can tell without making it.
  var isStoreWritable: Bool {
    var place = store
    while access(place, F_OK) != 0, let slash = place.lastIndex(of: "/"), slash > place.startIndex {
      place = String(place[..<slash])
    }
    var status = stat()
    return stat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && access(place, W_OK) == 0
  }
}
