public import RunModel

/// `plan.json`, as the planner writes it.
public struct PlanFile: Codable, Sendable {
  public struct Probe: Codable, Sendable {
    public var path: String
    public var line: Int
    public var text: String
  }

  public var probes: [Probe]
  public var refusals: [String]
  public var cautions: [String]
  /// Path, ordinal, reason.
  public var mustRun: [MustRun]
  public var readsClock: Bool
  /// What is not as it was when the run was recorded, in words.
  public var machine: [String]
  /// The files that the script reads and that have changed, in words.
  public var inputs: [String]
  /// What is to be said of a script that talked to others over a network.
  public var connections: [String]
  /// The pieces between checkpoints, the last one to the program's end.
  public var segments: [Segment]
  /// How long the recorded program ran.
  public var runSeconds: Double?
  /// Seconds of what is executed by every worker.
  public var sharedSeconds: Double
  /// Why the replay cannot be divided; nil where it can.
  public var oneWorker: String?
  /// What is wrong with the positions that were asked for.
  public var wrongPosition: String?
  /// How many cores the recorded program kept busy on average.
  public var busyCores: Double
  /// The most memory that it had; 0 where the record does not say.
  public var peakBytes: Int
  /// How many devices it saw.
  public var devices: Int
  /// How many workers will be used, and how long that will take; decided after `plan.json` was read.
  public var workers: Int?
  public var estimateSeconds: Double?

  public struct Segment: Codable, Sendable {
    /// The checkpoint at its end; nil: the program's end.
    public var end: Int?
    public var seconds: Double
    public var restoreSeconds: Double
    public var leap: Leap?

    enum CodingKeys: String, CodingKey {
      case end, seconds, leap
      case restoreSeconds = "restore_seconds"
    }
  }

  /// `Schedule.Leap`, with `since` the checkpoint before which nothing of the loop lies; 0: the program's start.
  public struct Leap: Codable, Sendable {
    public var seconds: Double
    public var since: Int
    public var fromInside: Bool

    enum CodingKeys: String, CodingKey {
      case seconds, since
      case fromInside = "from_inside"
    }
  }

  /// What a divergence probably comes from, the likeliest first.
  var causes: [String] { cautions + inputs.map { "the input \($0)" } + machine.map { "on this machine \($0)" } + connections }

  enum CodingKeys: String, CodingKey {
    case probes, refusals, cautions, machine, inputs, connections, segments, devices, workers
    case runSeconds = "run_seconds"
    case sharedSeconds = "shared_seconds"
    case oneWorker = "one_worker"
    case wrongPosition = "wrong_position"
    case busyCores = "busy_cores"
    case peakBytes = "peak_bytes"
    case estimateSeconds = "estimate_seconds"
    case mustRun = "must_run"
    case readsClock = "reads_clock"
  }
}

/// A loop site that has to be executed again: `[path, ordinal, reason]`.
public struct MustRun: Codable, Hashable, Sendable {
  public var path: String
  public var ordinal: Int
  public var reason: String

  public init(path: String, ordinal: Int, reason: String) {
    self.path = path
    self.ordinal = ordinal
    self.reason = reason
  }

  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    path = try values.decode(String.self)
    ordinal = try values.decode(Int.self)
    reason = try values.decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(path)
    try values.encode(ordinal)
    try values.encode(reason)
  }
}

/// `worker.json`, as a worker writes it when its script has ended.
public struct WorkerFile: Codable, Sendable {
  public var loops: [LoopReport]
  public var divergences: [Divergence]
  public var notes: [String]
  /// What of the run is not as it was recorded, in words; the loops that it belongs to were executed.
  public var damages: [String]
  /// Where an interrupted recording ended, and the replay with it.
  public var endedAfter: RecordEnd?
  public var bytesRead: Int
  /// How many stretches of the log were to be seen; nil where it is all of it.
  public var shownParts: Int?
  /// How many iterations of the loops in question there were.
  public var iterations: Int?

  enum CodingKeys: String, CodingKey {
    case loops, divergences, notes, damages, iterations
    case shownParts = "shown_parts"
    case endedAfter = "ended_after"
    case bytesRead = "bytes_read"
  }
}

/// The last that is known of an interrupted recording.
public struct RecordEnd: Codable, Sendable {
  /// Nil where none was committed.
  public var checkpoint: Int?
  public var position: String
}

/// What was done at one loop site.
public struct LoopReport: Codable, Sendable {
  public var site: LoopSite
  public var line: Int
  public var function: String
  public var restored: Int
  /// How often the loop went on from a checkpoint between two of its iterations.
  public var jumped: Int
  public var executed: Int
  public var compared: Int
  public var restoreSeconds: Double
  public var executeSeconds: Double
  public var bytesRead: Int
  /// How often a loop was executed again, by reason.
  public var reasons: [String: Int]

  enum CodingKeys: String, CodingKey {
    case site, line, function, restored, jumped, executed, compared, reasons
    case restoreSeconds = "restore_seconds"
    case executeSeconds = "execute_seconds"
    case bytesRead = "bytes_read"
  }
}

/// A place where replay did not reproduce what was recorded.
public struct Divergence: Codable, Hashable, Sendable {
  public var position: String
  public var what: String
  public var recorded: String
  public var replayed: String
}

/// `retry.json`: a skip that turned out to be wrong.
public struct RetryFile: Codable, Sendable {
  public var site: LoopSite
  public var reason: String

  /// The exit status of a worker that leaves one: `RETRY_STATUS` of `python/flor/replaying.py`.
  static let status: Int32 = 75

  var mustRun: MustRun { MustRun(path: site.path, ordinal: site.ordinal, reason: reason) }

  static func path(in folder: String) -> String { "\(folder)/retry.json" }

  /// Reads the file and removes it; nil where a worker has left none.
  static func take(from folder: String) throws -> RetryFile? {
    let path = path(in: folder)
    guard Files.exists(path) else { return nil }
    let retry = try Files.read(RetryFile.self, path)
    try Files.remove(path)
    return retry
  }
}

/// `report.json`, and what `--report FILE` writes.
public struct ReplayReport: Codable, Sendable {
  public var run: String
  public var replay: String
  public var script: String
  public var exit: Int32
  public var seconds: Double
  /// How long the recorded program ran.
  public var runSeconds: Double?
  public var workers: Int
  /// How often the worker had to begin again, with a loop executed that it had skipped.
  public var attempts: Int
  public var bytesRead: Int
  public var probes: [PlanFile.Probe]
  public var loops: [LoopReport]
  public var divergences: [Divergence]
  /// What probably made the difference, in words; empty without divergences.
  public var causes: [String]
  public var notes: [String]
  public var damages: [String]
  public var endedAfter: RecordEnd?
  /// How many stretches of the log were to be seen; nil where it is all of it.
  public var shownParts: Int?

  enum CodingKeys: String, CodingKey {
    case causes, run, replay, script, exit, seconds, workers, attempts, probes, loops, divergences, notes, damages
    case runSeconds = "run_seconds"
    case shownParts = "shown_parts"
    case endedAfter = "ended_after"
    case bytesRead = "bytes_read"
  }
}
