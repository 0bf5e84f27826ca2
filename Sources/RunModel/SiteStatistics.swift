/// What a run knows of one loop site.
public struct SiteStatistics: Codable, Hashable, Sendable {
  public var site: LoopSite
  public var executions: Int
  public var seconds: Double
  public var checkpoints: Int
  public var skippable: Bool
  /// Why it is not skippable.
  public var reason: String?
  /// By file: the functions that ran in it, by their ordinals.
  public var ran: [String: [Int]]?
}
