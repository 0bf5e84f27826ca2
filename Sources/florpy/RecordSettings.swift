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
  let onlyEnds: Bool
  /// In bytes; nil: no limit.
  let diskLimit: Int?
  let script: String
  let module: Bool
  let include: [String]
  let exclude: [String]
  let verbose: Bool
  let storeWasNamed: Bool

  init(_ command: RecordCommand, _ script: RecordedScript) throws {
    let store = command.store ?? "\(script.folder)/.flor"
    self.store = store.hasPrefix("/") ? store : "\(FileManager.default.currentDirectoryPath)/\(store)"
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    run = RunID(secondsSince1970: now.tv_sec, nanoseconds: now.tv_nsec, random: UInt32.random(in: 0...UInt32.max)).text
    overhead = command.overhead.share
    onlyEnds = command.onlyEnds
    diskLimit = command.maxDisk?.count
    self.script = script.name
    module = script.isModule
    include = command.include
    exclude = command.exclude
    verbose = command.verbose
    storeWasNamed = command.store != nil
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
