/// How a run ended: `end.json`.
public struct RunEnd: Codable, Hashable, Sendable {
  public enum Status: String, Codable, Sendable {
    case finished
    case failed
  }

  public var status: Status
  public var exit: Int
  /// ISO 8601, UTC.
  public var ended: String
  public var seconds: Double
  public var statistics: [SiteStatistics]?
  public var counters: [String: [[Int]]]?
  /// How many checkpoints were committed.
  public var checkpoints: Int
  /// What the packs hold.
  public var bytes: Int
  /// What the training thread lost to recording.
  public var lostSeconds: Double
  /// What of that was lost not in stalls but while checkpoints were written beside it; nil where an earlier florpy did not tell.
  public var slowedSeconds: Double?
  /// The length of `output.ops`.
  public var ops: Int
  /// Of `output.ops`, `sources.jsonl` and `sites.jsonl`; nil where not all of the file could be recorded.
  public var output: FileContents?
  public var sources: FileContents?
  public var sites: FileContents?
  /// Sentences about what could not be recorded.
  public var problems: [String]

  enum CodingKeys: String, CodingKey {
    case status, exit, ended, seconds, statistics, counters, checkpoints, bytes, ops, output, sources, sites, problems
    case lostSeconds = "lost_seconds"
    case slowedSeconds = "slowed_seconds"
  }
}
