/// What a file was that the script read: a line of `inputs.jsonl`.
public struct InputFile: Codable, Hashable, Sendable {
  /// Absolute, with all links resolved.
  public var path: String
  public var bytes: Int
  public var modifiedNanoseconds: Int
  /// Of its content; nil of what was too large to look at.
  public var hash: ContentHash?

  public init(path: String, bytes: Int, modifiedNanoseconds: Int, hash: ContentHash?) {
    (self.path, self.bytes, self.modifiedNanoseconds, self.hash) = (path, bytes, modifiedNanoseconds, hash)
  }

  enum CodingKeys: String, CodingKey {
    case path, bytes, hash
    case modifiedNanoseconds = "modified_nanoseconds"
  }
}
