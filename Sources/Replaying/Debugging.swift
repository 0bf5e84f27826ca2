import Glibc
public import Launching
import RunModel
public import RunStore

/// Going to one place of a recorded program, where a debugger is opened (`docs/debug.md`).
public struct Debugging {
  private let replay: Replay
  private let prefersPdb: Bool

  /// `replay` has a folder of its own outside of the run, and where it has a choice, that is where to stop; else it is the crash.
  public init(_ replay: Replay, prefersPdb: Bool) {
    (self.replay, self.prefersPdb) = (replay, prefersPdb)
  }

  /// Makes a folder for one of these, beside the runs.
  public static func makeFolder(in store: RunStore) throws -> String {
    let parent = "\(store.path)/cache/debugging"
    try Files.makeFolder(parent)
    return try Files.makeNumberedFolder(in: parent)
  }

  /// Ends when the program does, or when the user leaves the debugger. Begins again where a skip turns out to have been wrong.
  public func execute() throws -> ExitStatus {
    var settings = replay.settings
    (settings.mode, settings.prefersPdb) = ("debug", prefersPdb)
    for _ in 1...Replay.maximumAttempts {
      try replay.enterFolder()
      let status = try ScriptProcess.run(replay.configuration(settings), outputFolder: nil, isHiddenAtFirst: true)
      if let refusal = try Refusal.read(in: replay.folder) {
        throw ReplayError.placeNotReached(replay.run.run.text, status: refusal.status, why: refusal.why)
      }
      guard status == .exited(RetryFile.status), let retry = try RetryFile.take(from: replay.folder) else { return status }
      settings.execute.append(retry.mustRun)
    }
    throw Replay.tooManyAttempts
  }
}

/// `refusal.json`: why the script's process has not come where it was to come.
struct Refusal: Decodable {
  let status: Int32
  let why: String

  /// Nil where there is none.
  static func read(in folder: String) throws -> Refusal? {
    let path = "\(folder)/refusal.json"
    return Files.exists(path) ? try Files.read(Refusal.self, path) : nil
  }
}

extension ReplayError {
  public static func noCrash(_ run: String, _ how: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "run \(run) has no crash on record: \(how)",
      hint: "`florpy debug --at epoch=3 \(run)` stops where an iteration begins; `florpy runs` lists other runs")
  }

  static func placeNotReached(_ run: String, status: Int32, why: String) -> ReplayError {
    let isElsewhere = status == Code.diverged.rawValue
    return ReplayError(
      code: Code(rawValue: status) ?? .workerFailed, message: "run \(run) cannot be debugged there: \(why)",
      hint: isElsewhere
        ? "`florpy replay` tells where the program parts from the record"
        : "`florpy show \(run)` tells what is known of the run, `florpy logs \(run)` at which positions it logged")
  }
}
