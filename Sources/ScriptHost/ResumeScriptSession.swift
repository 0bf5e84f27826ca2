import CPython
public import Interpreter
import Recording
import RunModel
import RunStore

/// Restoring from the earlier run, then recording the resumed one (`docs/resume.md`).
public final class ResumeScriptSession: ScriptSession {
  private let earlier: RunDirectory
  private let reading: CheckpointFunctions
  private let record: RecordScriptSession

  public init(store: String, run: String, earlier: String, overhead: Double, isThrifty: Bool, diskLimit: Int?) throws {
    guard let id = RunID(earlier) else { throw InvalidRun(text: earlier) }
    self.earlier = RunStore(path: store).directory(of: id)
    reading = try CheckpointFunctions(store: store, run: earlier)
    record = try RecordScriptSession(store: store, run: run, overhead: overhead, isThrifty: isThrifty, diskLimit: diskLimit)
  }

  public func register(into module: BuiltinModule) {
    record.register(into: module)
    reading.register(into: module)
    IsolationFunctions.register(into: module)
    module.add("continue_run") { [unowned self] in try continueRun($0) }
    module.add("watch_files") { [unowned self] _ in
      record.watchFiles()
      return nil
    }
  }

  /// Header, checkpoint, the lengths of `output.ops`, `sources.jsonl` and `sites.jsonl` there, and what standard output had got. None,
  /// or the sentence that says why there is no run.
  private func continueRun(_ arguments: PythonArguments) throws -> PythonObject? {
    let byteCounts: [RecordSession.File: Int] = [
      .output: try arguments.int(2), .sources: try arguments.int(3), .sites: try arguments.int(4),
    ]
    let written = try arguments.withBytes(5) { Array($0) }
    return try record.open(
      header: arguments.string(0),
      continuing: RunContinuation(
        of: earlier, from: try arguments.int(1), byteCounts: byteCounts, standardOutput: written))
  }

  public func finish(status: Int32) { record.finish(status: status) }
}
