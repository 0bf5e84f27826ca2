/// Which worker executes which segments, and how long that will take.
public struct Schedule: Sendable {
  /// What runs from one checkpoint to another, in program order.
  public struct Segment: Sendable, Hashable {
    /// 0: the program's start.
    public var begin: Int
    /// Nil: the program's end.
    public var end: Int?
    public var seconds: Double
    /// What it costs a worker to pass it, and nothing else, without executing it.
    public var restoreSeconds: Double
    /// How a worker may come to its end with one restore, whatever lies before.
    public var leap: Leap?

    public init(begin: Int, end: Int?, seconds: Double, restoreSeconds: Double, leap: Leap? = nil) {
      (self.begin, self.end, self.seconds, self.restoreSeconds, self.leap) = (begin, end, seconds, restoreSeconds, leap)
    }

    /// The least that it costs to pass it.
    fileprivate var passingSeconds: Double { min(restoreSeconds, leap?.seconds ?? .infinity) }
  }

  /// To the end of an execution, or to one of its iterations: from where it begins (behind the checkpoint `since`), `fromInside` also
  /// from any place in it.
  public struct Leap: Sendable, Hashable {
    public var seconds: Double
    public var since: Int
    public var fromInside: Bool

    public init(seconds: Double, since: Int, fromInside: Bool) {
      (self.seconds, self.since, self.fromInside) = (seconds, since, fromInside)
    }
  }

  public let segments: [Segment]
  /// The segments of each worker by their place in `segments`, rising.
  public let owned: [[Int]]
  /// What no worker is spared.
  public let sharedSeconds: Double
  /// How many workers the machine can run without one waiting for another.
  public let atOnce: Double

  public var workers: Int { owned.count }

  /// One worker, from the program's start to its end.
  static var wholeProgram: Schedule {
    Schedule([Segment(begin: 0, end: nil, seconds: 0, restoreSeconds: 0)], workers: 1, sharedSeconds: 0)
  }

  /// Whoever has the most left to do takes no more: the longest segments first, each to the worker with the least.
  public init(_ segments: [Segment], workers: Int, sharedSeconds: Double, atOnce: Double = .infinity) {
    self.segments = segments
    self.sharedSeconds = sharedSeconds
    self.atOnce = atOnce
    var owned = [[Int]](repeating: [], count: max(1, workers))
    var loads = [Double](repeating: 0, count: owned.count)
    let gains = segments.map { max(0, $0.seconds - $0.passingSeconds) }
    // A stable order, so that equal segments go round: all workers stay near the front, and output comes early.
    for index in segments.indices.dropLast().sorted(by: { (-gains[$0], $0) < (-gains[$1], $1) }) {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      owned[least].append(index)
      loads[least] += gains[index]
    }
    for worker in owned.indices { owned[worker].sort() }
    // What follows the last checkpoint goes to whoever is there.
    if let last = segments.indices.last {
      let there = owned.indices.first { owned[$0].last == last - 1 } ?? 0
      owned[there].append(last)
    }
    self.owned = owned.filter { !$0.isEmpty }
  }

  /// Until the last worker has done its last segment: as long as the longest takes, or all of them on what cores there are.
  public var estimateSeconds: Double {
    let loads = owned.map { sharedSeconds + seconds(of: $0) }
    return max(loads.max() ?? 0, loads.reduce(0, +) / atOnce)
  }

  private func seconds(of own: [Int]) -> Double {
    var total = 0.0
    var place = 0
    for index in own {
      total += secondsToPass(place..<index) + segments[index].seconds
      place = index + 1
    }
    return total
  }

  /// The cheapest way past neighbours: each by itself, or several by a leap.
  private func secondsToPass(_ passed: Range<Int>) -> Double {
    guard segments[passed].contains(where: { $0.leap != nil }) else {
      return segments[passed].reduce(0) { $0 + $1.restoreSeconds }
    }
    var costs = [0.0]
    for index in passed {
      var cost = costs[costs.count - 1] + segments[index].restoreSeconds
      if let leap = segments[index].leap {
        let begin = segments[..<index].partitioningPlace { $0.begin >= leap.since }
        if leap.fromInside || begin >= passed.lowerBound {
          cost = min(cost, costs[max(begin, passed.lowerBound) - passed.lowerBound] + leap.seconds)
        }
      }
      costs.append(cost)
    }
    return costs[costs.count - 1]
  }

  /// The worker whose segment is the program's end.
  public var lastWorker: Int { owned.firstIndex { $0.last == segments.count - 1 } ?? 0 }
}

extension Schedule {
  /// Less than this is no gain: further processes have to be started, and ended.
  static let leastGainSeconds = 0.3
  /// Of what can be divided.
  static let leastGainPart = 0.1

  /// As few workers as are about as fast as any number up to `most` of them.
  public static func best(_ segments: [Segment], atMost most: Int, sharedSeconds: Double, atOnce: Double = .infinity) -> Schedule {
    let merged = merged(segments, atLeastSeconds: leastSegmentSeconds)
    let one = Schedule(merged, workers: 1, sharedSeconds: sharedSeconds)
    let others = counts(upTo: min(most, merged.count)).map {
      Schedule(merged, workers: $0, sharedSeconds: sharedSeconds, atOnce: atOnce)
    }
    guard let fastest = others.map(\.estimateSeconds).min() else { return one }
    let gain = one.estimateSeconds - fastest
    guard gain >= max(leastGainSeconds, leastGainPart * (one.estimateSeconds - sharedSeconds)) else { return one }
    return others.first { $0.estimateSeconds <= fastest + 0.02 * gain } ?? one
  }

  /// 2 and more; not each one where there are many.
  private static func counts(upTo most: Int) -> [Int] {
    var found: [Int] = []
    var next = 2
    while next < most {
      found.append(next)
      next = max(next + 1, next * 9 / 8)
    }
    return most >= 2 ? found + [most] : []
  }

  /// Handing over a segment takes about a thousandth of a second at each end.
  private static let leastSegmentSeconds = 0.05

  /// Neighbours that are short become one segment; the last one, to the program's end, stays by itself.
  static func merged(_ segments: [Segment], atLeastSeconds least: Double) -> [Segment] {
    var found: [Segment] = []
    for segment in segments {
      guard let last = found.last, last.seconds < least, segment.end != nil else {
        found.append(segment)
        continue
      }
      found[found.count - 1] = Segment(
        begin: last.begin, end: segment.end, seconds: last.seconds + segment.seconds,
        restoreSeconds: last.restoreSeconds + segment.restoreSeconds, leap: segment.leap)
    }
    return found
  }
}

extension ArraySlice {
  /// The first index from which on something holds; it holds for none before.
  fileprivate func partitioningPlace(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
