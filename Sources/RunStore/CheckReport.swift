import RunModel

/// What the checker found in a run.
public struct CheckReport: Hashable, Sendable {
  public struct Finding: Codable, Hashable, Sendable {
    /// The number in `docs/run-format.md`.
    public var invariant: Int
    /// Within the run's folder.
    public var path: String
    public var message: String
  }

  public internal(set) var findings: [Finding] = []
  /// What a crash left behind; `.` where the run never began.
  public internal(set) var leavings: [String] = []
  public internal(set) var checkpoints = 0
  /// Different leaves read, and their bytes.
  public internal(set) var leaves = 0
  public internal(set) var byteCount = 0
  var end: RunEnd?

  public var isSound: Bool { findings.isEmpty }

  mutating func add(_ invariant: Int, _ path: String, _ message: String) {
    findings.append(Finding(invariant: invariant, path: path, message: message))
  }
}
