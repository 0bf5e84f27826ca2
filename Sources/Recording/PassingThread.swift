import CKernel
import Glibc
import Synchronization

/// A thread that is there only while there is something to do. One that stood by would be there at every fork, and from Python 3.12
/// on the script's `os.fork()` warns of threads.
///
///     caller                  | its thread
///     wake                    | begins; does all that is waiting
///     wake                    | does that as well, before it ends
///                             | nothing is left: ends
///     wake                    | another one begins
///
/// Never to be touched in a forked child.
final class PassingThread: Sendable {
  private struct State {
    var isRunning = false
    /// There may be something that the running one has not seen.
    var isAwaited = false
    /// Not joined yet.
    var last: pthread_t?
    /// The kernel's number of that.
    var number: Int32?
  }

  private final class Task: Sendable {
    let thread: PassingThread
    let work: @Sendable () -> Bool

    init(thread: PassingThread, work: @escaping @Sendable () -> Bool) {
      self.thread = thread
      self.work = work
    }

    func run() {
      thread.state.withLock { $0.number = thread_number() }
      repeat { while work() {} } while thread.isStillAwaited()
    }
  }

  private let state = Mutex(State())

  /// `work` does one thing that waits, and returns false where there is none; it is the same at every call. Where the system refuses
  /// a thread, the caller does what waits.
  func wake(_ work: @escaping @Sendable () -> Bool) {
    let isRefused = state.withLock { state in
      if state.isRunning {
        state.isAwaited = true
        return false
      }
      Self.join(&state.last)
      var thread = pthread_t()
      let context = Unmanaged.passRetained(Task(thread: self, work: work))
      guard thread_begin(&thread, Self.run, context.toOpaque()) == 0 else {
        context.release()
        return true
      }
      (state.last, state.isRunning) = (thread, true)
      return false
    }
    if isRefused { while work() {} }
  }

  /// Returns when there is no thread.
  func settle() {
    var last = state.withLock { state in
      defer { state.last = nil }
      return state.last
    }
    guard last != nil else { return }
    Self.join(&last)
    awaitItsEnd()
  }

  /// The kernel says that a thread has ended some microseconds before it counts it no more, longer on a busy machine.
  private func awaitItsEnd() {
    guard let number = state.withLock({ $0.number }) else { return }
    for _ in 0..<Self.looks where access("/proc/self/task/\(number)", F_OK) == 0 { usleep(Self.microsecondsBetweenLooks) }
  }

  private static let looks = 2000
  private static let microsecondsBetweenLooks: UInt32 = 50

  private static func join(_ thread: inout pthread_t?) {
    if let ended = thread { pthread_join(ended, nil) }
    thread = nil
  }

  private func isStillAwaited() -> Bool {
    state.withLock { state in
      state.isRunning = state.isAwaited
      state.isAwaited = false
      return state.isRunning
    }
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    if let context { Unmanaged<Task>.fromOpaque(context).takeRetainedValue().run() }
    return nil
  }
}
