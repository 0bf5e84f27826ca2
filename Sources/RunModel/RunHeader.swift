/// What was run, by what and where: `run.json`.
public struct RunHeader: Codable, Hashable, Sendable {
  public struct Python: Codable, Hashable, Sendable {
    public var version: String
    public var implementation: String
    public var executable: String
    public var prefix: String
  }

  public struct Git: Codable, Hashable, Sendable {
    /// Nil in a repository without commits.
    public var commit: String?
    /// Whether files differed from it; nil where nobody looked.
    public var dirty: Bool?
  }

  /// What a run began with that goes on with another one.
  public struct Resumed: Codable, Hashable, Sendable {
    public var run: RunID
    public var checkpoint: Int
    /// The first run of the chain.
    public var first: RunID
  }

  public var run: RunID
  /// Absolute.
  public var script: String
  /// The folder that holds the project; paths of sources are relative to it.
  public var root: String
  public var argv: [String]
  /// The name after `-m`; nil where a file was run.
  public var module: String?
  public var cwd: String
  /// ISO 8601, UTC.
  public var started: String
  public var python: Python
  public var packages: [String: String]
  public var devices: [JSONValue]
  public var environment: [String: JSONValue]
  public var git: Git?
  /// The share of the run's time that recording may cost; nil where it may cost anything.
  public var overhead: Double?
  /// Whether the user has not said so, and recording was thrifty with it.
  public var thrifty: Bool?
  /// Packages that the user has counted in with the project, and out of it; nil where none were, and in older runs.
  public var include, exclude: [String]?
  /// What the hashes of texts were salted with; nil where PYTHONHASHSEED said that, and in older runs.
  public var hashSeed: UInt32?
  /// What the clock that only goes forward (CLOCK_MONOTONIC) showed when the run began; nil in older runs.
  public var monotonicSeconds: Double?
  public var florpy: String
  public var host: String
  public var user: String
  public var pid: Int
  /// True of a run that plain Python has left: there is nothing to replay in it (docs/logging.md, docs/checkpointing.md).
  public var logOnly: Bool?
  /// Nil where the run began at the script's start.
  public var resumed: Resumed?

  enum CodingKeys: String, CodingKey {
    case run, script, root, argv, module, cwd, started, python, packages, devices, environment, git, overhead, thrifty, include,
      exclude, florpy, host, user, pid, resumed
    case logOnly = "log_only"
    case hashSeed = "hash_seed"
    case monotonicSeconds = "monotonic_seconds"
  }
}
