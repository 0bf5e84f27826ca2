/// One project file as it was when it was loaded: a line of `sources.jsonl`.
public struct SourceRecord: Codable, Hashable, Sendable {
  /// Relative to the header's `root`.
  public var path: String
  public var module: String?
  public var hash: ContentHash
  public var bytes: Int

  public init(path: String, module: String?, hash: ContentHash, bytes: Int) {
    self.path = path
    self.module = module
    self.hash = hash
    self.bytes = bytes
  }
}
