import CProcess
import Glibc

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
  case exited(Int32)
  case signalled(Int32)

  init?(_ state: ChildState) {
    switch state.state {
    case CHILD_EXITED: self = .exited(state.number)
    case CHILD_SIGNALLED: self = .signalled(state.number)
    default: return nil
    }
  }

  /// Waits for the process to end.
  static func awaited(_ process: pid_t) -> ExitStatus {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }

  /// Ends this process in the same way, so that whoever waits for it cannot tell the difference.
  public func mirror() -> Never {
    guard case .signalled(let number) = self else {
      if case .exited(let status) = self { exit(status) }
      abort()
    }
    // The script's own process left the core dump, if any.
    var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore)
    signal(number, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // To this thread, so that it does not get past this line.
    raise(number)
    _exit(128 + number)
  }
}
