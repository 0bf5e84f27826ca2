public import RunModel

/// Where the parts of one run lie; the layout of `docs/run-format.md`.
public struct RunDirectory: Hashable, Sendable {
  /// What `format` holds. Raise the number with any change to the layout or to a file in it, and add a line to the page.
  public static let formatLine = formatLine(ofVersion: formatVersion)
  static let formatVersion = 5

  static func formatLine(ofVersion version: Int) -> String { "florpy-run \(version)\n" }

  public let path: String
  public let run: RunID

  public init(path: String, run: RunID) {
    self.path = path
    self.run = run
  }

  public var format: String { path + "/format" }
  public var lock: String { path + "/lock" }
  public var header: String { path + "/run.json" }
  public var sources: String { path + "/sources" }
  public var sourceIndex: String { path + "/sources.jsonl" }
  public var sites: String { path + "/sites.jsonl" }
  public var touchedFiles: String { path + "/files.jsonl" }
  public var inputFiles: String { path + "/inputs.jsonl" }
  public var originals: String { path + "/originals" }
  public var output: String { path + "/output.ops" }
  public var standardOutput: String { path + "/stdout.log" }
  public var standardError: String { path + "/stderr.log" }
  /// Numbers that were found in the output, on request.
  public var extracted: String { path + "/extracted.jsonl" }
  public var checkpoints: String { path + "/checkpoints" }
  public var packs: String { path + "/packs" }
  public var thinned: String { path + "/thinned" }
  public var repaired: String { path + "/repaired" }
  /// Where a repair moves what is damaged, under its own path.
  public var damaged: String { path + "/damaged" }
  /// The exception that ended the script, if one did.
  public var crash: String { path + "/crash.json" }
  public var end: String { path + "/end.json" }
  public var replays: String { path + "/replays" }
  /// The files of logged values, one a process (docs/logging.md).
  public var log: String { path + "/log" }
  public var blobs: String { path + "/blobs" }

  public func source(_ hash: ContentHash) -> String { "\(sources)/\(hash.hex)" }
  public func original(_ hash: ContentHash) -> String { "\(originals)/\(hash.hex)" }
  public func blob(_ hash: ContentHash) -> String { "\(blobs)/\(hash.hex)" }
  public func manifest(_ checkpoint: Int) -> String { "\(checkpoints)/\(Self.name(of: checkpoint))" }
  public func pack(_ checkpoint: Int) -> String { "\(packs)/\(Self.name(of: checkpoint))" }

  /// `path` as it reads from within the run's folder.
  public func relative(_ path: String) -> String {
    path.hasPrefix(self.path + "/") ? String(path.dropFirst(self.path.count + 1)) : path
  }

  public static func name(of checkpoint: Int) -> String {
    let digits = String(checkpoint)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// The number that a manifest's or a pack's name says; nil of any other name.
  public static func checkpoint(named name: String) -> Int? {
    guard let number = Int(name), number > 0, self.name(of: number) == name else { return nil }
    return number
  }
}
