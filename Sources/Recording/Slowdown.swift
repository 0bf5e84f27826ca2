/// What the writer takes from the program's other threads: the processor.
///
/// The system counts for each thread how long it was ready to run and had to wait. What all of them but the writer's wait while that
/// works, beyond what they wait at other times, is time that the program lost, and no more than the writer was at the processor.
/// Where the system does not count, all of that is. Pure: samples in, seconds out.
struct Slowdown {
  struct Sample: Sendable {
    var seconds: Double
    /// By thread, the writer's left out; nil where the system does not tell.
    var waitingSeconds: [Int: Double]?
    /// Of the writer's thread at the processor.
    var writerSeconds: Double
  }

  private var last: Sample
  private var usualSeconds = 0.0
  private var usualWaitingSeconds = 0.0

  /// Until the first `begins` no checkpoint is written.
  init(from sample: Sample) { last = sample }

  mutating func begins(_ sample: Sample) {
    usualSeconds += sample.seconds - last.seconds
    usualWaitingSeconds += Self.waited(from: last, to: sample) ?? 0
    last = sample
  }

  /// Returns what the program lost since `begins`.
  mutating func ends(_ sample: Sample) -> Double {
    defer { last = sample }
    let most = sample.writerSeconds - last.writerSeconds
    guard let waited = Self.waited(from: last, to: sample) else { return most }
    let usual = usualSeconds > 0 ? usualWaitingSeconds / usualSeconds * (sample.seconds - last.seconds) : 0
    return min(max(0, waited - usual), most)
  }

  /// Threads that have ended meanwhile are not in the sum.
  private static func waited(from earlier: Sample, to later: Sample) -> Double? {
    guard let before = earlier.waitingSeconds, let after = later.waitingSeconds else { return nil }
    return after.reduce(0) { $0 + $1.value - (before[$1.key] ?? 0) }
  }
}
