import RunModel
import RunStore

/// Why a replay cannot be had.
public struct ReplayError: Error, CustomStringConvertible {
  /// Exit statuses, in the manner of sysexits.h.
  public enum Code: Int32, Sendable {
    case wrongPosition = 64
    case damaged = 65
    case notFound = 66
    case workerFailed = 70
    case cannotCreate = 73
    case recordEnded = 74
    case beingRecorded = 75
    case refused = 76
    case diverged = 77
    case notResumable = 78
  }

  public let code: Code
  /// What failed, on what, and why.
  public let message: String
  /// What the user can do about it.
  public let hint: String

  public var description: String { "\(message)\n\nhint: \(hint)" }
}

extension ReplayError {
  static func noRun(of script: String, in store: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "no run of `\(script)` in `\(store)`",
      hint: "record one with `florpy record \(script)`; `florpy runs --store \(store)` lists what is there")
  }

  static func severalScripts(_ name: String, _ scripts: [String]) -> ReplayError {
    ReplayError(
      code: .notFound, message: "several scripts called `\(name)` were recorded: \(scripts.joined(separator: ", "))",
      hint: "give the path of one of them, or a run with `--run RUN`")
  }

  static func noSuchRun(_ text: String, in store: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "no run `\(text)` in `\(store)`, or more than one that begins so",
      hint: "`florpy runs --store \(store)` lists the runs")
  }

  static func logOnly(_ run: String, _ script: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "run \(run) was left by plain Python, and there is nothing to replay in it",
      hint: "record one with `florpy record \(script)`")
  }

  static func beingRecorded(_ run: String) -> ReplayError {
    ReplayError(
      code: .beingRecorded, message: "run \(run) is being recorded at this moment",
      hint: "wait for its end, or replay an earlier one with `--run RUN`")
  }

  /// `owner`: whose it is; nil where everybody may write to it.
  static func notTrusted(_ run: RunDirectory, owner: String?) -> ReplayError {
    let whose = owner.map { "is \($0)'s and not yours" } ?? "can be written to by everybody"
    return ReplayError(
      code: .refused, message: "run \(run.run) \(whose): what is in it is rebuilt as objects of the script's process",
      hint: "if you trust it as you would trust a script of theirs, say so with `--trust`")
  }

  static func damaged(_ run: String, _ why: String) -> ReplayError {
    ReplayError(
      code: .damaged, message: "run \(run) cannot be read: \(why)", hint: "`florpy verify \(run)` tells what is damaged")
  }

  /// Not thrown by the replay, which went well: it has printed all that is known.
  public static func recordEnded(_ run: String, _ end: RecordEnd) -> ReplayError {
    let known = end.checkpoint.map { "the log ends with its last checkpoint, \($0), at \(end.position)" }
    return ReplayError(
      code: .recordEnded, message: "run \(run) was interrupted: \(known ?? "it has no checkpoint, so nothing is known of it")",
      hint: "`florpy resume` goes on with it; `florpy runs` lists other runs, for `--run RUN`")
  }

  static func programChanged(_ refusals: [String]) -> ReplayError {
    ReplayError(
      code: .refused,
      message: "the program changed since it was recorded, so this would be no replay\n\n" + refusals.joined(separator: "\n\n"),
      hint: "only log statements may be added; to run the changed program, record it: `florpy record`")
  }

  static func wrongPosition(_ why: String) -> ReplayError {
    ReplayError(
      code: .wrongPosition, message: why,
      hint: "a position is a variable of a `for` loop with a value, or the line of a loop with a number of its iterations, from 0")
  }

  /// Not thrown by the replay, which went well: there was nothing to print.
  public static func nothingChosen(_ choice: LogChoice) -> ReplayError {
    ReplayError(
      code: .notFound, message: "the program came to no iteration that matches \(choice.inWords)",
      hint: "a replay without it prints the whole log")
  }

  static func noFolder(_ folder: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "the folder that the run was started in is gone: `\(folder)`",
      hint: "put it back, or record the script again")
  }

  /// `path` names what was to be made or written.
  public static func cannotCreate(_ path: String) -> ReplayError {
    ReplayError(
      code: .cannotCreate, message: "cannot write `\(path)`",
      hint: "look at the permissions of its folder, and at the room on the device")
  }

  static func noScript(_ path: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "no such script: `\(path)`; it was there when the run was recorded",
      hint: "put it back; the run keeps a copy of it in `sources`")
  }

  static func workerFailed(_ why: String) -> ReplayError {
    ReplayError(code: .workerFailed, message: "the replay failed: \(why)", hint: "`--verbose` shows what the worker says")
  }
}
