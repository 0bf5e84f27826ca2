import CPython
public import Interpreter
import Restoring
import RunModel
import RunStore

/// Restoring as the worker's process sees it: each function of `_flor` forwards to the `CheckpointReader`.
public final class ReplayScriptSession: ScriptSession {
  private let replayed: CheckpointFunctions

  public init(store: String, run: String) throws { replayed = try CheckpointFunctions(store: store, run: run) }

  public func register(into module: BuiltinModule) {
    precondition(effects_watch() == 0, "no memory for one page that children share")
    MemoryFunctions.register(into: module)
    IsolationFunctions.register(into: module)
    replayed.register(into: module)
    SavedRuns.register(into: module)
  }

  public func finish(status: Int32) { _ = ProcessLog.close() }
}
