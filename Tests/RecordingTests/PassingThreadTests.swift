import CKernel
import Glibc
import Synchronization
import Testing

@testable import Recording

@Suite struct PassingThreadTests {
  /// What waits, as the thread takes it.
  final class Waiting: Sendable {
    private struct State {
      var count = 0
      var done = 0
      var thread: Int32 = 0
    }

    private let state = Mutex(State())

    func add() { state.withLock { $0.count += 1 } }

    func takeOne() -> Bool {
      state.withLock { state in
        guard state.count > 0 else { return false }
        state.count -= 1
        state.done += 1
        state.thread = thread_number()
        return true
      }
    }

    var done: Int { state.withLock { $0.done } }

    /// The kernel's number of the one that did the last thing.
    var thread: Int32 { state.withLock { $0.thread } }
  }

  @Test func `Whatever it is woken for is done`() {
    let (thread, waiting) = (PassingThread(), Waiting())
    for _ in 0..<20_000 {
      waiting.add()
      thread.wake { waiting.takeOne() }
    }
    thread.settle()
    #expect(waiting.done == 20_000)
  }

  @Test func `No thread stays behind`() {
    let (thread, waiting) = (PassingThread(), Waiting())
    for round in 1...200 {
      waiting.add()
      thread.wake { waiting.takeOne() }
      thread.settle()
      #expect(waiting.done == round && waiting.thread != thread_number())
      #expect(access("/proc/self/task/\(waiting.thread)", F_OK) != 0)
    }
  }

  @Test func `Nothing is kept alive`() {
    let thread = PassingThread()
    weak var kept: Waiting?
    do {
      let waiting = Waiting()
      kept = waiting
      thread.wake { waiting.takeOne() }
      thread.settle()
    }
    #expect(kept == nil)
  }
}
