import Testing

@testable import Replaying

@Suite struct ScheduleTests {
  @Test func equalSegmentsGoRoundSoThatOutputComesEarly() {
    let schedule = Schedule(segments([1, 1, 1, 1, 1, 1]), workers: 2, sharedSeconds: 0)
    #expect(schedule.owned == [[0, 2, 4], [1, 3, 5, 6]])
    #expect(schedule.lastWorker == 1)
  }

  @Test func everySegmentHasOneOwnerAndEachWorkerGoesForward() {
    let schedule = Schedule(uneven(200, seed: 1), workers: 7, sharedSeconds: 0)
    #expect(schedule.owned.flatMap(\.self).sorted() == Array(0...200))
    #expect(schedule.owned.allSatisfy { $0 == $0.sorted() })
  }

  @Test func theEstimateCountsWhatIsRestoredOnTheWay() {
    let two = Schedule(segments([1, 1, 1, 1], restoring: 0.1), workers: 2, sharedSeconds: 0.5)
    // The second worker executes two, and restores two.
    #expect(abs(two.estimateSeconds - 2.7) < 1e-9)
    #expect(abs(Schedule(two.segments, workers: 1, sharedSeconds: 0.5).estimateSeconds - 4.5) < 1e-9)
  }

  /// Each of four waits for half of its time on two cores.
  @Test func moreWorkersThanCoresTakeTurns() {
    let four = Schedule(segments([1, 1, 1, 1]), workers: 4, sharedSeconds: 0.5, atOnce: 2)
    #expect(abs(four.estimateSeconds - 3) < 1e-9)
    #expect(Schedule.best(four.segments, atMost: 8, sharedSeconds: 0.5, atOnce: 2).workers == 2)
  }

  @Test(arguments: [
    ([1.0, 1, 1, 1], 0.0, 8, 4),  // no more than there are segments
    ([0.02, 0.02, 0.02], 0.0, 8, 1),  // nothing to be gained
    ([1.0, 1, 1, 1], 0.99, 4, 1),  // restoring takes as long as executing
    ([10.0, 1, 1, 1], 0.0, 4, 2),  // a third would not be faster
    ([], 0.0, 4, 1),
  ])
  func asFewWorkersAsAreAsFast(seconds: [Double], restoring: Double, most: Int, expected: Int) {
    let found = Schedule.best(segments(seconds, restoring: restoring), atMost: most, sharedSeconds: 1)
    #expect(found.workers == expected)
  }

  @Test func shortNeighboursAreOneSegment() {
    let merged = Schedule.merged(segments([0.03, 0.03, 1, 0.01]), atLeastSeconds: 0.05)
    #expect(merged.map(\.begin) == [0, 2, 3, 4])
    #expect(merged.map(\.end) == [2, 3, 4, nil])
  }

  @Test(arguments: [1])
  func manySegmentsOnManyWorkersComeNearTheBound(seed: UInt64) {
    let segments = uneven(10_000, seed: seed)
    let schedule = Schedule(segments, workers: 1024, sharedSeconds: 0)
    let total = segments.reduce(0) { $0 + $1.seconds }
    let bound = max(total / 1024, segments.map(\.seconds).max() ?? 0)
    #expect(bound / simulated(schedule, lengths: segments.map(\.seconds)) >= 0.95, "seed \(seed)")
  }

  /// The record's times are not quite those of the replay: whoever is idle takes over.
  @Test(arguments: [1, 2])
  func wrongEstimatesAreMadeUpFor(seed: UInt64) {
    var random = SplitMix(state: seed)
    let segments = uneven(10_000, seed: seed)
    let lengths = segments.map { $0.seconds * Double.random(in: 0.6...1.4, using: &random) }
    let bound = max(lengths.reduce(0, +) / 64, lengths.max() ?? 0)
    #expect(bound / simulated(Schedule(segments, workers: 64, sharedSeconds: 0), lengths: lengths) >= 0.95, "seed \(seed)")
  }
}

@Suite struct HandOutTests {
  @Test func anIdleWorkerTakesTheLastOfWhoeverHasMostLeft() {
    var handOut = HandOut(Schedule(segments([1, 1, 1, 1, 1, 1]), workers: 2, sharedSeconds: 0))
    #expect([0, 1, 3].map { handOut.next(for: 0, from: $0) } == [0, 2, 4])
    #expect(handOut.next(for: 0, from: 5) == 5)
    #expect(handOut.next(for: 0, from: 6) == nil, "the end stays with whom it was planned for")
    #expect([0, 2, 4].map { handOut.next(for: 1, from: $0) } == [1, 3, 6])
  }

  @Test func nobodyGoesBack() {
    var handOut = HandOut(Schedule(segments([1, 1, 1, 1]), workers: 2, sharedSeconds: 0))
    #expect(handOut.next(for: 0, from: 0) == 0)
    #expect(handOut.next(for: 0, from: 1) == 2)
    handOut.giveBack(1, to: 1)
    #expect(handOut.next(for: 0, from: 3) == 3)
    #expect(handOut.next(for: 0, from: 4) == nil)
    #expect(handOut.next(for: 1, from: 0) == 1)
  }

  @Test func nothingIsHandedOutBehindTheProgramsEnd() {
    var handOut = HandOut(Schedule(segments([1, 1, 1, 1]), workers: 2, sharedSeconds: 0))
    handOut.end(with: 1)
    #expect(handOut.next(for: 0, from: 0) == 0)
    #expect(handOut.next(for: 1, from: 0) == 1)
    #expect(handOut.next(for: 1, from: 2) == nil)
  }
}

/// Segments of these lengths, and the one to the program's end.
private func segments(_ seconds: [Double], restoring: Double = 0) -> [Schedule.Segment] {
  seconds.enumerated().map {
    Schedule.Segment(begin: $0.offset, end: $0.offset + 1, seconds: $0.element, restoreSeconds: restoring)
  } + [Schedule.Segment(begin: seconds.count, end: nil, seconds: 0, restoreSeconds: 0)]
}

/// Lengths over two orders of magnitude.
private func uneven(_ count: Int, seed: UInt64) -> [Schedule.Segment] {
  var random = SplitMix(state: seed)
  return segments(
    (0..<count).map { _ in 0.1 * Double.random(in: 1...10, using: &random) * Double.random(in: 1...10, using: &random) })
}

/// When the last worker is done, if each one asks for its next segment as it ends one.
private func simulated(_ schedule: Schedule, lengths: [Double]) -> Double {
  var handOut = HandOut(schedule)
  var clocks = [Double](repeating: 0, count: schedule.workers)
  var places = [Int](repeating: 0, count: schedule.workers)
  var busy = Set(clocks.indices)
  while let worker = busy.min(by: { (clocks[$0], $0) < (clocks[$1], $1) }) {
    if let segment = handOut.next(for: worker, from: places[worker]) {
      clocks[worker] += lengths[segment]
      places[worker] = segment + 1
    } else {
      busy.remove(worker)
    }
  }
  return clocks.max() ?? 0
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
