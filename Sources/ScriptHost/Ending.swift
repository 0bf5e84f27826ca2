import CProcess
import Glibc

/// The end of the process: the session hears of it whoever calls exit(), Python's own handling of SystemExit included.
enum Ending {
  // Set before Python starts; taken when the process ends, by the one thread that ends it.
  nonisolated(unsafe) private static var session: (any ScriptSession)?
  nonisolated(unsafe) private static var process: pid_t = 0

  static func begin(_ session: any ScriptSession) {
    self.session = session
    process = getpid()
    process_at_exit { Ending.tellSession(of: $0) }
  }

  /// Ends the process with the status; by the signal where it is minus a signal's number.
  static func end(_ status: Int32) -> Never {
    guard status < 0 else { exit(status) }
    tellSession(of: status)
    signal(-status, SIG_DFL)
    kill(getpid(), -status)
    exit(128 - status)
  }

  // A forked child that calls exit() has inherited the handler, but it is not the run.
  private static func tellSession(of status: Int32) {
    guard getpid() == process, let session else { return }
    self.session = nil
    session.finish(status: status)
  }
}
