/// Why a replay cannot be had.
public struct ReplayError: Error, CustomStringConvertible {
  /// Exit statuses, in the manner of sysexits.h.
  public enum Code: Int32, Sendable {
    case damaged = 65
    case notFound = 66
    case workerFailed = 70
    case beingRecorded = 75
    case programChanged = 76
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

  static func beingRecorded(_ run: String) -> ReplayError {
    ReplayError(
      code: .beingRecorded, message: "run \(run) is being recorded at this moment",
      hint: "wait for its end, or replay an earlier one with `--run RUN`")
  }

  static func damaged(_ run: String, _ why: String) -> ReplayError {
    ReplayError(
      code: .damaged, message: "run \(run) cannot be read: \(why)", hint: "`florpy verify \(run)` tells what is damaged")
  }

  static func programChanged(_ refusals: [String]) -> ReplayError {
    ReplayError(
      code: .programChanged,
      message: "the program changed since it was recorded, so this would be no replay\n\n" + refusals.joined(separator: "\n\n"),
      hint: "only log statements may be added; to run the changed program, record it: `florpy record`")
  }

  static func noFolder(_ folder: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "the folder that the run was started in is gone: `\(folder)`",
      hint: "put it back, or record the script again")
  }

  static func workerFailed(_ why: String) -> ReplayError {
    ReplayError(code: .workerFailed, message: "the replay failed: \(why)", hint: "`--verbose` shows what the worker says")
  }
}
