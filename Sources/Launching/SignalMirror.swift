import CProcess
import Glibc

/// Passes the signals that reach the supervisor on to the script, which alone decides what they mean.
struct SignalMirror {
  let descriptor: Int32
  /// The mask that the script's process is to start with: ours before this.
  private(set) var originalMask = sigset_t()

  // Faults are our own; SIGKILL and SIGSTOP cannot be caught; background reading and writing of the terminal stops us
  // by itself.
  private static let left: Set = [
    SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTTIN, SIGTTOU,
  ]

  init() throws(LaunchError) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in Int32(1)...SIGSYS where !Self.left.contains(number) { sigaddset(&signals, number) }
    // No disposition is touched: the script inherits ours, SIG_IGN of nohup included.
    sigprocmask(SIG_BLOCK, &signals, &originalMask)
    descriptor = process_signal_descriptor(&signals)
    guard descriptor >= 0 else { throw .system("wait for signals", errno) }
  }

  /// Ends the mirroring. What arrived meanwhile and was not read takes effect now.
  func end() {
    close(descriptor)
    var mask = originalMask
    sigprocmask(SIG_SETMASK, &mask, nil)
  }

  enum Event { case childChanged, windowChanged }

  /// What has arrived, in order; what this process sent itself is left out.
  func arrived() -> [Int32] {
    var numbers: [Int32] = []
    var signal = ProcessSignal()
    while process_next_signal(descriptor, &signal) {
      if signal.from_kernel || signal.sender != getpid() { numbers.append(signal.number) }
    }
    return numbers
  }

  /// Passes on what has arrived.
  func forward(to process: pid_t) -> Set<Event> {
    var events: Set<Event> = []
    var signal = ProcessSignal()
    while process_next_signal(descriptor, &signal) {
      switch signal.number {
      case SIGCHLD: events.insert(.childChanged)
      case SIGWINCH: events.insert(.windowChanged)
      // Ours is the SIGPIPE of a write whose reader has gone. What the kernel sent, it sent to the script as well.
      default: if !signal.from_kernel, signal.sender != getpid() { kill(process, signal.number) }
      }
    }
    return events
  }
}
