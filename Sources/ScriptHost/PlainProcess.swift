import CPython
public import Interpreter
import RunModel
import RunStore

/// The functions of `_flor` in a process that florpy did not start: it may have a run of its own, which begins when the script first
/// needs one.
public enum PlainProcess {
  // For the process's end.
  nonisolated(unsafe) private static var session: RecordScriptSession?

  public static func register(into module: BuiltinModule) {
    let session = RecordScriptSession()
    self.session = session
    ProcessLog.register(into: module)
    session.registerRun(into: module)
    module.add("choose_run") { arguments in
      let run = session.choose(store: try arguments.string(0), overhead: try arguments.double(1))
      return try .tuple([PythonObject(run.run.text), PythonObject(run.path)])
    }
    module.add("end_with_process") { _ in
      // Not before there is something to end.
      Ending.begin(session)
      return nil
    }
  }
}
