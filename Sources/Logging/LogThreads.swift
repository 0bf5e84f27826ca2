import CKernel
import CProcess
import Glibc
import RunStore

/// Threads that do something again and again, with pauses, until they are told to end.
struct LogThreads: Sendable {
  /// Readable once they are to end.
  private let ending: Int32
  private var running: [pthread_t] = []

  init() throws(ErrorNumber) {
    ending = process_event_descriptor()
    guard ending >= 0 else { throw .current }
  }

  mutating func start(pauseMilliseconds: Int32, _ work: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Loop(ending: ending, pauseMilliseconds: pauseMilliseconds, work: work)).toOpaque()
    var thread = pthread_t()
    if thread_begin(&thread, Self.run, context) == 0 {
      running.append(thread)
    } else {
      Unmanaged<Loop>.fromOpaque(context).release()
    }
  }

  /// Returns when all have ended what they were doing.
  mutating func end() {
    var count: UInt64 = 1
    _ = write(ending, &count, MemoryLayout.size(ofValue: count))
    for thread in running { pthread_join(thread, nil) }
    running = []
    _ = read(ending, &count, MemoryLayout.size(ofValue: count))
  }

  private final class Loop: Sendable {
    let ending: Int32
    let pauseMilliseconds: Int32
    let work: @Sendable () -> Void

    init(ending: Int32, pauseMilliseconds: Int32, work: @escaping @Sendable () -> Void) {
      self.ending = ending
      self.pauseMilliseconds = pauseMilliseconds
      self.work = work
    }

    func run() {
      var waiting = pollfd(fd: ending, events: Int16(POLLIN), revents: 0)
      repeat { work() } while poll(&waiting, 1, pauseMilliseconds) <= 0
    }
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    if let context { Unmanaged<Loop>.fromOpaque(context).takeRetainedValue().run() }
    return nil
  }
}
