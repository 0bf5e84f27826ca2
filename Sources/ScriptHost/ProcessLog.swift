import CPython
import Interpreter
import LogFunctions
import Logging
import RunStore

/// The log of this process: the functions of `_flor` that log, and the writer behind them.
enum ProcessLog {
  // Set once, with the interpreter's lock; taken when the process ends.
  nonisolated(unsafe) private static var writer: LogWriter?

  static func register(into module: BuiltinModule) {
    module.add(methods: log_functions_table())
    log_functions_set_writer(
      LogWriterCalls(
        start: { ProcessLog.start() }, flush: { ProcessLog.writer?.flush() }, pause: { ProcessLog.writer?.pause() },
        resume: { ProcessLog.writer?.resume() }))
  }

  private static func start() -> Int32 {
    do throws(ErrorNumber) {
      writer = try LogWriter()
      return 0
    } catch {
      return error.code
    }
  }

  /// All that was logged is on the device afterwards. Returns the sentence that says why it is not, if so. Not for a forked child.
  static func close() -> String? {
    guard let writer else { return nil }
    self.writer = nil
    return writer.close().map { "Not all that was logged is kept: \($0)" }
  }
}
