import FoundationEssentials
import RunModel
public import RunStore

/// What the catalogue knows of one run: a line of `florpy runs`.
public struct RunSummary: Encodable, Hashable, Sendable {
  public var run: String
  public var script: String?
  public var module: String?
  /// What the script was given, its own name first.
  public var argv: [String]?
  public var cwd: String?
  public var started: String?
  public var ended: String?
  public var status: RunFiles.Status
  public var exit: Int?
  public var seconds: Double?
  public var lostSeconds: Double?
  public var checkpoints: Int?
  public var bytes: Int?
  public var replays: Int?
  /// Its version.
  public var python: String?
  public var commit: String?
  public var dirty: Bool?
  public var host: String?
  public var user: String?
  /// Why something of it could not be read.
  public var problem: String?

  enum CodingKeys: String, CodingKey {
    case run, script, module, argv, cwd, started, ended, status, exit, seconds, checkpoints, bytes, replays, python, commit, dirty
    case host, user, problem
    case lostSeconds = "lost_seconds"
  }

  /// Reads the run's folder.
  public init(of directory: RunDirectory, in store: RunStore) {
    run = directory.run.text
    status = .unreadable
    do throws(StoreError) {
      try read(RunFiles(store: store, run: directory))
    } catch {
      // One damaged run must not hide the others.
      problem = error.description
    }
  }

  private mutating func read(_ files: RunFiles) throws(StoreError) {
    bytes = try files.byteCount()
    let header = try files.header()
    (script, module, argv, cwd, started) = (header.script, header.module, header.argv, header.cwd, header.started)
    (python, commit, dirty, host, user) = (
      header.python.version, header.git?.commit, header.git?.dirty, header.host, header.user
    )
    checkpoints = try files.store.checkpoints(of: files.run).count
    replays = try files.replays().count
    let end = try files.end()
    (ended, exit, seconds, lostSeconds) = (end?.ended, end?.exit, end?.seconds, end?.lostSeconds)
    status = try files.status(end: end)
  }
}

extension RunSummary {
  /// In the order of `Schema.columns`.
  var values: [SQLValue] {
    [
      SQLValue(run), SQLValue(script), SQLValue(module), SQLValue(argv.map(Self.json)), SQLValue(cwd), SQLValue(started),
      SQLValue(ended), SQLValue(status.rawValue), SQLValue(exit), SQLValue(seconds), SQLValue(lostSeconds),
      SQLValue(checkpoints), SQLValue(bytes), SQLValue(replays), SQLValue(python), SQLValue(commit), SQLValue(dirty),
      SQLValue(host), SQLValue(user), SQLValue(problem),
    ]
  }

  /// From a row with the columns of `Schema.columns`.
  init(_ row: Statement) {
    run = row.text(0) ?? ""
    (script, module, cwd) = (row.text(1), row.text(2), row.text(4))
    argv = row.text(3).flatMap(Self.words)
    (started, ended) = (row.text(5), row.text(6))
    status = row.text(7).flatMap(RunFiles.Status.init) ?? .unreadable
    (exit, seconds, lostSeconds) = (row.integer(8), row.real(9), row.real(10))
    (checkpoints, bytes, replays) = (row.integer(11), row.integer(12), row.integer(13))
    (python, commit, dirty) = (row.text(14), row.text(15), row.flag(16))
    (host, user, problem) = (row.text(17), row.text(18), row.text(19))
  }

  /// From what `json` made. Most have nothing in them that is escaped, and thousands are read at once.
  private static func words(_ json: String) -> [String]? {
    if json.contains("\\") { return try? JSONRecords().decode([String].self, from: Array(json.utf8)) }
    guard json.hasPrefix("[\""), json.hasSuffix("\"]") else { return json == "[]" ? [] : nil }
    return json.dropFirst(2).dropLast(2).split(separator: "\",\"", omittingEmptySubsequences: false).map(String.init)
  }

  private static func json(_ words: [String]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(words) else { preconditionFailure("Texts are JSON.") }
    return String(decoding: data, as: UTF8.self)
  }
}
