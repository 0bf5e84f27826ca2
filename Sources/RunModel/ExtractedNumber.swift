/// A number that was found in a run's output and kept on request: a line of `extracted.jsonl`.
public struct ExtractedNumber: Codable, Hashable, Sendable {
  public var name: String
  /// A float, or an object that says what else it is: `{"integer":"3"}`, `{"number":"nan"}`.
  public var value: JSONValue
  /// Of the output, from 0.
  public var line: Int
}
