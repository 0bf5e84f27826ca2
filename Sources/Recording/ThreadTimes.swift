import CKernel
import Glibc
import RunStore

/// What the system says of this process's threads.
enum ThreadTimes {
  /// As seen by the writer's thread.
  static func sample() -> Slowdown.Sample {
    let writer = Int(thread_number())
    return Slowdown.Sample(seconds: Clock.seconds, waitingSeconds: waiting(except: writer), writerSeconds: ownSeconds)
  }

  private static var ownSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// How many threads there are; nil where the system does not tell.
  static var threadCount: Int? { threads?.count }

  private static var threads: [Int]? { (try? PosixFileSystem().names(in: "/proc/self/task"))?.compactMap { Int($0) } }

  private static func waiting(except writer: Int) -> [Int: Double]? {
    guard let threads else { return nil }
    var waiting: [Int: Double] = [:]
    for thread in threads where thread != writer {
      // Those that have just ended are told no more.
      if let seconds = waitingSeconds(of: thread) { waiting[thread] = seconds }
    }
    return waiting.isEmpty ? nil : waiting
  }

  /// The second number is of nanoseconds: ready to run, and waiting for a processor.
  private static func waitingSeconds(of thread: Int) -> Double? {
    guard let text = KernelFile.text(of: "/proc/self/task/\(thread)/schedstat") else { return nil }
    let numbers = text.split(whereSeparator: \.isWhitespace)
    return numbers.count == 3 ? Double(numbers[1]).map { $0 / 1e9 } : nil
  }
}
