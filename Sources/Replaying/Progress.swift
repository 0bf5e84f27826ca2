import Glibc

/// How far a replay has come, and how long it will take: what is shown on a terminal while it runs.
struct Progress {
  private let seconds: [Double]
  private let totalSeconds: Double
  private let estimateSeconds: Double
  private let runSeconds: Double
  private let beganAt: Double
  /// When the first worker had come to its first segment.
  private var workBeganAt: Double?
  private var done: Set<Int> = []

  /// `runSeconds`: how long the recorded program ran.
  init(_ schedule: Schedule, runSeconds: Double, now: Double = Self.now) {
    seconds = schedule.segments.map(\.seconds)
    totalSeconds = seconds.reduce(0, +)
    estimateSeconds = schedule.estimateSeconds
    self.runSeconds = runSeconds
    beganAt = now
  }

  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  mutating func begins(now: Double = Self.now) { workBeganAt = workBeganAt ?? now }

  mutating func completes(_ segment: Int) { done.insert(segment) }

  /// Nil where there is nothing to tell.
  func text(now: Double = Self.now) -> String? {
    guard seconds.count > 1 else { return nil }
    let elapsed = now - beganAt
    var parts = ["\(done.count) of \(seconds.count) segments"]
    let part = totalSeconds > 0 ? done.reduce(0) { $0 + seconds[$1] } / totalSeconds : 0
    if part > 0, elapsed > 0 { parts.append("\(Self.tenths(part * runSeconds / elapsed)) times as fast as the run so far") }
    parts.append("about \(Int(max(0, leftSeconds(part, elapsed, now)).rounded(.up))) s left")
    return "florpy: " + parts.joined(separator: ", ")
  }

  private func leftSeconds(_ part: Double, _ elapsed: Double, _ now: Double) -> Double {
    guard part > 0, let workBeganAt else { return estimateSeconds - elapsed }
    return (now - workBeganAt) * (1 - part) / part
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
