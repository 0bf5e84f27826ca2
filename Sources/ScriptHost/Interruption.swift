import CPython
import Glibc

/// Ctrl-C for a process that is no script: it dies of it, and prints no traceback. Python makes an exception of it where the
/// disposition is the default, from early in its own start.
struct Interruption {
  private var mask = sigset_t()
  private let isIgnored: Bool

  /// Holds an interrupt back, until `takeEffect`.
  static func heldBack() -> Interruption {
    var action = sigaction()
    sigaction(SIGINT, nil, &action)
    var held = Interruption(isIgnored: unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1)
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    pthread_sigmask(SIG_BLOCK, &interrupt, &held.mask)
    return held
  }

  private init(isIgnored: Bool) { self.isIgnored = isIgnored }

  /// One that came meanwhile ends the process here.
  func takeEffect() {
    if !isIgnored { signal(SIGINT, SIG_DFL) }
    var mask = mask
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}
