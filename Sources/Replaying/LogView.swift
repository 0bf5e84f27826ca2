/// What of the edited script's log is to be seen, and how.
public struct LogView: Sendable {
  /// Which part of it; nil: all.
  public var choice: LogChoice?
  /// Only what probes write.
  public var onlyNew = false
  /// Instead of text, a record for each line that probes write and each value that they log; nil: text.
  public var format: ValueFormat?
  /// What probes write is marked, on a terminal.
  public var marksNew = false
  /// No level of `logging` that the script sets counts as a higher one; nil: they are as it sets them.
  public var logLevel: Int?

  public init() {}
}

/// How lines of probes are written, each with its position.
public enum ValueFormat: String, Encodable, CaseIterable, Sendable {
  case jsonl, csv

  /// What stands before the records.
  public var heading: String? { self == .csv ? "at,file,line,stream,text,name,value,step" : nil }
}
