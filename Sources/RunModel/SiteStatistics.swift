/// What a run knows of one loop site.
public struct SiteStatistics: Codable, Hashable, Sendable {
  public var site: LoopSite
  public var executions: Int
  public var seconds: Double
  public var checkpoints: Int
  public var skippable: Bool
  /// Why it is not skippable.
  public var reason: String?
  /// Why the latest try to take a checkpoint between two of its iterations came to nothing; nil where none did.
  public var boundaryReason: String?
  /// How many executions ended without a checkpoint, by reason; nil where an earlier florpy did not count them.
  public var passedOver: [String: Int]?
  /// By file: the functions that ran in it, by their ordinals.
  public var ran: [String: [Int]]?

  enum CodingKeys: String, CodingKey {
    case site, executions, seconds, checkpoints, skippable, reason, ran
    case passedOver = "passed_over"
    case boundaryReason = "boundary_reason"
  }
}
