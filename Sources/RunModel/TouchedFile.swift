/// What lay under a path before the script first changed it: a line of `files.jsonl`.
public struct TouchedFile: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable {
    case file, folder, link
    /// A pipe, a socket, a device.
    case other
  }

  /// Absolute, with the links of its folders resolved.
  public var path: String
  public var existed: Bool
  public var kind: Kind?
  /// Of a file.
  public var bytes: Int?
  public var mode: Int?
  public var modifiedNanoseconds: Int?
  /// The hash under which its content is kept; nil of what has none, and of a file that was too large.
  public var kept: ContentHash?
  /// What a link says.
  public var target: String?

  public init(path: String, existed: Bool, kind: Kind? = nil) {
    self.path = path
    self.existed = existed
    self.kind = kind
  }

  enum CodingKeys: String, CodingKey {
    case path, existed, kind, bytes, mode, kept, target
    case modifiedNanoseconds = "modified_nanoseconds"
  }
}
