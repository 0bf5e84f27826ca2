public import RunModel

/// Why the catalogue cannot answer.
public struct CatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// What was asked for makes no sense, or nobody knows it.
    case wrongQuestion
    /// What was asked for is not there.
    case notFound
    /// The run has not ended yet.
    case busy
    /// SQLite refuses even a catalogue in memory.
    case failed
  }

  public let code: Code
  public let message: String
  /// The next step, where there is one.
  public let hint: String?

  public var description: String { message }
}

extension CatalogueError {
  static func failed(_ path: String, _ cause: DatabaseError) -> CatalogueError {
    CatalogueError(
      code: .failed, message: "the catalogue `\(path)` cannot be used: \(cause.message)",
      hint: "it is made from the run folders and may be deleted at any time")
  }

  static func noCondition(_ text: String) -> CatalogueError {
    CatalogueError(
      code: .wrongQuestion, message: "`\(text)` is no condition",
      hint: "a condition is a name, one of = != < <= > >= ~ and a value: `lr>=0.01`, `status=finished`, `script~train`")
  }

  static func unknownName(_ names: [String], in run: RunID, known: [String]) -> CatalogueError {
    let asked = names.map { "`\($0)`" }.joined(separator: ", ")
    let hint = known.isEmpty ? "nothing was logged in it" : "logged were " + known.prefix(40).joined(separator: ", ")
    return CatalogueError(code: .notFound, message: "run \(run) has logged nothing called \(asked)", hint: hint)
  }

  public static func beingRecorded(_ run: RunID) -> CatalogueError {
    CatalogueError(
      code: .busy, message: "run \(run) is being recorded at this moment", hint: "what it prints can be kept when it has ended")
  }

  public static func nothingToPlot(_ run: RunID) -> CatalogueError {
    CatalogueError(
      code: .notFound, message: "run \(run) has logged no numbers under these names", hint: "`florpy logs \(run)` shows what it has"
    )
  }

  static func unknownKey(_ key: String, known: [String]) -> CatalogueError {
    CatalogueError(
      code: .wrongQuestion, message: "no run has anything called `\(key)`",
      hint: "known are " + known.joined(separator: ", "))
  }
}
