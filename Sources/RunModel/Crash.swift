/// The exception that ended a script: `crash.json`.
public struct Crash: Codable, Hashable, Sendable {
  /// One frame of the traceback.
  public struct Frame: Codable, Hashable, Sendable {
    /// Below the root in project code, else absolute.
    public var file: String
    public var isProject: Bool
    public var line: Int
    public var function: String
    /// The line's text.
    public var text: String
    /// What the variables were, in a few words each; nil of a library's frame.
    public var locals: [String: String]?

    enum CodingKeys: String, CodingKey {
      case file, line, function, text, locals
      case isProject = "is_project"
    }
  }

  /// A loop that ran.
  public struct Loop: Codable, Hashable, Sendable {
    public var file: String
    public var line: Int
    /// Nil where nobody counted.
    public var iteration: Int?
    public var variables: [String: JSONValue]
  }

  /// An exception that this one came from (`cause`) or came upon (`context`).
  public struct Earlier: Codable, Hashable, Sendable {
    public enum Relation: String, Codable, Sendable {
      case cause
      case context
    }

    public var relation: Relation
    public var type: String
    public var message: String?
    public var file: String?
    public var line: Int?
  }

  public var type: String
  /// Nil where only code of the program's could tell it.
  public var message: String?
  /// As `--at` takes it; empty outside of all loops.
  public var position: String
  /// The outermost first.
  public var loops: [Loop]
  /// The outermost first.
  public var frames: [Frame]
  /// How many frames are missing in between.
  public var leftOut: Int
  /// The nearest first.
  public var earlier: [Earlier]
  /// The newest that was committed; nil where none was.
  public var checkpoint: Int?

  /// Where the project's own code was.
  public var place: Frame? { frames.last { $0.isProject } }

  /// The first line of the last part of a traceback.
  public var headline: String { message.map { $0.isEmpty ? type : "\(type): \($0)" } ?? type }

  enum CodingKeys: String, CodingKey {
    case type, message, position, loops, frames, earlier, checkpoint
    case leftOut = "left_out"
  }
}
