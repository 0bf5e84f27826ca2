/// One loop statement, or one function, of project code: a line of `sites.jsonl`.
public struct SiteRecord: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Sendable {
    case loop
    case function
  }

  public var kind: Kind
  public var path: String
  /// Numbers the loops and functions of a file together, in source order, from 0.
  public var ordinal: Int
  public var line: Int
  public var column: Int
  /// Of a loop, the function that it stands in.
  public var function: String
  /// `for` or `while`; nil of a function.
  public var statement: String?
  /// Why the loop, or the function, is never skipped.
  public var refusal: String?

  public var site: LoopSite { LoopSite(path: path, ordinal: ordinal) }

  /// Whether to tell of it: of a function that the statistics pass over there is nothing to say, its calls were short or none.
  public func isOfInterest(_ known: SiteStatistics?) -> Bool { kind == .loop || known != nil }
}

/// A site's identity: the file, and the number in it of the loop or function. In JSON `["train.py",3]`.
public struct LoopSite: Hashable, Sendable {
  public var path: String
  public var ordinal: Int

  public init(path: String, ordinal: Int) {
    self.path = path
    self.ordinal = ordinal
  }
}

extension LoopSite: Codable {
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    path = try container.decode(String.self)
    ordinal = try container.decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(path)
    try container.encode(ordinal)
  }
}
