import Recording
import Testing

/// Lines of event and decision. Times are given, never taken.
@Suite struct CheckpointPolicyTests {
  private let overhead = 1.0 / 15

  @Test func `A loop of less than a millisecond is never considered`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for _ in 0..<1000 { #expect(policy.ends(1, 0.0009, at: 1000) == .skip(.short)) }
  }

  @Test func `What is decided against is counted by reason`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for seconds in [0.0009, 0.0001, 0.074, 1] { _ = policy.ends(1, seconds, at: 10) }
    _ = policy.considers(site: 2, seconds: 1, elapsedSeconds: 10, writerIsBehind: true)
    policy.passOver(site: 2, .stopped)
    #expect(policy.sites[1]?.passedOver == [.short: 2, .costsMoreThanItSaves: 1])
    #expect(policy.sites[2]?.passedOver == [.writerIsBehind: 1, .stopped: 1])
  }

  @Test func `Before anything was measured five milliseconds are assumed`() {
    var policy = CheckpointPolicy(overhead: overhead)
    #expect(policy.ends(1, 0.074, at: 10) == .skip(.costsMoreThanItSaves))
    #expect(policy.ends(2, 0.076, at: 10) == .take)
  }

  @Test func `Short executions add up to a checkpoint`() {
    var policy = CheckpointPolicy(overhead: overhead)
    #expect(policy.ends(1, 0.020, at: 10.02) == .skip(.costsMoreThanItSaves))
    #expect(policy.ends(1, 0.020, at: 10.04) == .skip(.costsMoreThanItSaves))
    #expect(policy.ends(1, 0.020, at: 10.06) == .skip(.costsMoreThanItSaves))
    #expect(policy.ends(1, 0.020, at: 10.08) == .take)
  }

  @Test func `A cheap checkpoint is taken every time`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for epoch in 1...100 {
      #expect(policy.ends(1, 1, at: Double(epoch)) == .take)
      policy.charge(site: 1, seconds: 0.010, tookCheckpoint: true)
    }
    #expect(policy.sites[1]?.checkpoints == 100)
  }

  @Test func `A dear checkpoint is taken as often as the overhead allows`() {
    // M = 0.2, C = 1: k < n / 3.
    let taken = checkpoints(of: 300, seconds: 1, stall: 0.2)
    #expect((95...100).contains(taken.count))
    #expect(taken.starts(with: [1, 7, 10, 13]))
  }

  @Test func `A checkpoint dearer to restore than the loop is to run is no use, however much overhead is allowed`() {
    let taken = checkpoints(of: 100, seconds: 0.1, stall: 0.1, overhead: 1000)
    // M + R < (n/k) C, R = M: every second one at most.
    #expect((45...50).contains(taken.count))
  }

  @Test func `What all sites lose together stays within the overhead`() {
    for seed in UInt64(1)...20 {
      var (policy, elapsed, random) = (CheckpointPolicy(overhead: overhead), 0.5, LinearRandom(seed: seed))
      for _ in 0..<2000 {
        let site = Int(random.next(below: 5))
        let seconds = Double(site + 1) * 0.01 * Double(1 + random.next(below: 10))
        elapsed += seconds
        let stall = 0.001 * Double(1 + random.next(below: 20))
        guard policy.ends(site, seconds, at: elapsed) == .take else { continue }
        elapsed += stall
        policy.charge(site: site, seconds: stall, tookCheckpoint: true)
        // A decision rests on an average: one checkpoint may cost more than was to be expected.
        #expect(policy.lostSeconds <= overhead * elapsed + CheckpointPolicy.assumedStallSeconds + 0.020, "seed \(seed)")
      }
      #expect(policy.lostSeconds > overhead * elapsed / 3, "seed \(seed): the budget is there to be used")
    }
  }

  @Test func `What the writer takes from the program is paid from the same purse`() {
    var policy = CheckpointPolicy(overhead: overhead)
    var taken = 0
    for epoch in 1...300 where policy.ends(1, 1, at: Double(epoch)) == .take {
      taken += 1
      policy.charge(site: 1, seconds: 0.01, tookCheckpoint: true)
      policy.charge(site: 1, slowedSeconds: 0.19)
    }
    // As with a stall of 0.2 alone.
    #expect((95...100).contains(taken))
    #expect(policy.lostSeconds <= overhead * 300)
    #expect(abs(policy.allSlowedSeconds - 0.19 * Double(taken)) < 1e-6)
  }

  @Test func `While the writer is behind nothing is taken`() {
    var policy = CheckpointPolicy(overhead: overhead)
    #expect(policy.ends(1, 100, at: 100, writerIsBehind: true) == .skip(.writerIsBehind))
    #expect(policy.ends(1, 100, at: 200) == .take)
  }

  @Test func `A run never owes more than it could pay if it ended now`() {
    var policy = CheckpointPolicy(overhead: overhead)
    #expect(policy.ends(1, 10, at: 10) == .take)
    policy.charge(site: 1, seconds: 0.01, tookCheckpoint: true)
    policy.observe(writingSeconds: 2)
    #expect(policy.ends(1, 10, at: 20) == .skip(.overBudget))
    #expect(policy.ends(1, 10, at: 30) == .skip(.overBudget))
    #expect(policy.ends(1, 10, at: 40) == .take)
  }

  @Test func `A costlier restore makes checkpoints rarer`() {
    let cheap = checkpoints(of: 100, seconds: 0.1, stall: 0.02, overhead: 1000)
    let dear = checkpoints(of: 100, seconds: 0.1, stall: 0.02, overhead: 1000, restoringPerMaking: 50)
    #expect(cheap.count == 100)
    #expect(dear.count < 40)
  }

  @Test func `A stall that grows is noticed`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for epoch in 1...10 {
      _ = policy.ends(1, 1, at: Double(epoch))
      policy.charge(site: 1, seconds: 0.001, tookCheckpoint: true)
    }
    #expect(policy.ends(1, 1, at: 11) == .take)
    policy.charge(site: 1, seconds: 3, tookCheckpoint: true)
    #expect(policy.ends(1, 1, at: 12) == .skip(.costsMoreThanItSaves))
  }

  @Test func `Attempts that came to nothing are charged as well`() {
    var policy = CheckpointPolicy(overhead: overhead)
    #expect(policy.ends(1, 1, at: 1) == .take)
    policy.charge(site: 1, seconds: 0.06, tookCheckpoint: false)
    #expect(policy.sites[1]?.checkpoints == 0)
    #expect(policy.lostSeconds == 0.06)
    #expect(policy.ends(1, 0.5, at: 1.5) == .skip(.costsMoreThanItSaves))
  }

  @Test func `Short loops leave something of the budget to the longest`() {
    var policy = CheckpointPolicy(overhead: overhead)
    _ = policy.ends(1, 10, at: 10)
    _ = policy.ends(1, 10, at: 20)
    // 0.0667 * 30 = 2.0 s may be lost; three quarters of it by the others.
    policy.charge(site: 2, seconds: 1.6, tookCheckpoint: true)
    policy.charge(site: 3, seconds: 0.001, tookCheckpoint: true)
    #expect(policy.ends(3, 0.9, at: 30) == .skip(.overBudget))
    _ = policy.ends(1, 10, at: 30)
    policy = replacingStall(of: policy)
    #expect(policy.ends(1, 10, at: 40) == .take)
  }

  @Test func `An unlimited overhead takes all that the writer keeps up with`() {
    var policy = CheckpointPolicy(overhead: .infinity)
    #expect(policy.ends(1, 0.001, at: 0.1) == .take)
    policy.charge(site: 1, seconds: 10, tookCheckpoint: true)
    #expect(policy.ends(1, 0.001, at: 0.2) == .take)
    #expect(policy.ends(1, 0.0009, at: 0.2) == .skip(.short))
    #expect(policy.ends(1, 0.001, at: 0.2, writerIsBehind: true) == .skip(.writerIsBehind))
  }

  @Test func `Between iterations nothing is taken that saves a replay less than starting costs it`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for _ in 0..<10 { policy.charge(site: CheckpointPolicy.boundaries(of: 1), seconds: 0.0001, tookCheckpoint: true) }
    #expect(policy.boundary(1, 0.99, at: 10) != nil)
    #expect(policy.boundary(1, 1.01, at: 10) == nil)
  }

  @Test func `A longer run has no more places to begin at`() {
    var policy = CheckpointPolicy(overhead: overhead)
    for _ in 0..<10 { policy.charge(site: CheckpointPolicy.boundaries(of: 1), seconds: 0.0001, tookCheckpoint: true) }
    #expect(policy.boundary(1, 4.9, at: 1000) != nil)
    #expect(policy.boundary(1, 5.1, at: 1000) == nil)
  }

  @Test func `No overhead means no checkpoint`() {
    #expect(checkpoints(of: 50, seconds: 1, stall: 0.001, overhead: 0) == [])
  }

  @Test func `What is allowed from now on pays for what was lost before`() {
    var policy = CheckpointPolicy(overhead: 0)
    policy.charge(seconds: 1)
    #expect(policy.boundary(1, 5, at: 10) != nil)
    policy.allow(overhead: overhead)
    #expect(policy.boundary(1, 5, at: 10) != nil)
    #expect(policy.boundary(1, 5, at: 20) == nil)
  }

  @Test func `Following stays within its share, whatever the executions take`() {
    for seconds in [0.001, 0.0015, 0.01, 0.1, 1] {
      var (policy, spent, elapsed) = (CheckpointPolicy(overhead: 0.05), 0.0, 0.0)
      while elapsed < 100 * seconds * Double(CheckpointPolicy.longestRest) {
        let rest = policy.followed(seconds: seconds, spentSeconds: 0.0001)
        spent += 0.0001
        elapsed += Double(rest + 1) * seconds
      }
      #expect(spent <= 1.01 * 0.05 * CheckpointPolicy.shareOfFollowing * elapsed, "\(seconds)")
      #expect(abs(policy.lostSeconds - spent) < 1e-6)
    }
  }

  @Test func `A long execution is always followed, an endless rest there is not`() {
    var policy = CheckpointPolicy(overhead: 0.05)
    #expect(policy.followed(seconds: 0.1, spentSeconds: 0.0001) == 0)
    #expect(policy.followed(seconds: 0, spentSeconds: 0.0001) == CheckpointPolicy.longestRest)
    #expect(policy.followed(seconds: 1e-9, spentSeconds: 1) == CheckpointPolicy.longestRest)
  }

  @Test func `Without a limit every execution is followed`() {
    var policy = CheckpointPolicy(overhead: .infinity)
    #expect(policy.followed(seconds: 0.001, spentSeconds: 1) == 0)
  }

  @Test func `A thrifty recording is felt by nobody, however long the run and whatever a checkpoint costs`() {
    for cost in [0.002, 0.02, 0.2, 2] {
      for seconds in [0.1, 1, 10] {
        var (policy, elapsed) = (CheckpointPolicy(overhead: overhead, isThrifty: true), 0.0)
        while elapsed < 3600 {
          elapsed += seconds
          if policy.ends(1, seconds, at: elapsed) == .take { policy.charge(site: 1, seconds: cost, tookCheckpoint: true) }
          // The first checkpoint's cost was not known before it.
          let surprise = (policy.sites[1]?.checkpoints ?? 0) == 1 ? cost : CheckpointPolicy.assumedStallSeconds
          #expect(policy.lostSeconds <= min(overhead * elapsed, 0.3 + 0.004 * elapsed) + surprise)
        }
        if cost < 1 { #expect(policy.lostSeconds > 0.8 * 0.004 * 3600 || policy.sites[1]?.checkpoints == Int(3600 / seconds)) }
      }
    }
  }

  @Test func `A thrifty checkpoint between iterations saves fifty times what it costs`() {
    var policy = CheckpointPolicy(overhead: overhead, isThrifty: true)
    policy.charge(site: CheckpointPolicy.boundaries(of: 1), seconds: 0.1, tookCheckpoint: true)
    #expect(policy.boundary(1, 4.9, at: 100) != nil)
    #expect(policy.boundary(1, 5.1, at: 100) == nil)
  }

  @Test func `Where not all can be had, places to begin at come before ends of loops`() {
    var (policy, elapsed, ends, boundaries, uncovered) = (CheckpointPolicy(overhead: 0.01), 0.0, 0, 0, 0.0)
    for _ in 1...1000 {
      (elapsed, uncovered) = (elapsed + 1, uncovered + 1)
      if policy.boundary(1, uncovered, at: elapsed) == nil {
        policy.charge(site: CheckpointPolicy.boundaries(of: 1), seconds: 0.05, tookCheckpoint: true)
        (boundaries, uncovered) = (boundaries + 1, 0)
      }
      if policy.ends(2, 1, at: elapsed) == .take {
        policy.charge(site: 2, seconds: 0.05, tookCheckpoint: true)
        (ends, uncovered) = (ends + 1, uncovered - 1)
      }
    }
    #expect(boundaries > 40 && ends > 40, "\(boundaries) \(ends)")
    #expect(policy.lostSeconds <= 0.01 * elapsed + 0.005)
  }

  @Test func `What a place to begin at waits for, it does not keep for ever`() {
    var policy = CheckpointPolicy(overhead: 0.01)
    policy.charge(seconds: 0.12)
    #expect(policy.ends(2, 1, at: 10) == .skip(.overBudget))
    let wait = policy.boundary(1, 10, at: 10) ?? 0
    #expect(policy.ends(2, 1, at: 10 + wait) == .skip(.overBudget))
    #expect(policy.ends(2, 20, at: 30) == .take)
  }

  @Test func `The wait for the writer may be longer than what is lost beside the program`() {
    var policy = CheckpointPolicy(overhead: overhead, isThrifty: true)
    policy.observe(writingSeconds: 0.2)
    #expect(policy.ends(1, 10, at: 10) == .take)
    policy.observe(writingSeconds: 3)
    #expect(policy.ends(1, 10, at: 20) == .skip(.overBudget))
  }

  @Test func `What the user allows is spent, and not less`() {
    var policy = CheckpointPolicy(overhead: overhead, isThrifty: true)
    policy.charge(seconds: 1)
    #expect(policy.ends(1, 10, at: 100) == .skip(.overBudget))
    policy.allow(overhead: overhead)
    #expect(policy.ends(1, 10, at: 100) == .take)
  }

  /// The executions of a lone site at which a checkpoint was taken.
  private func checkpoints(
    of executions: Int, seconds: Double, stall: Double, overhead: Double = 1.0 / 15, restoringPerMaking: Double? = nil
  ) -> [Int] {
    var (policy, elapsed) = (CheckpointPolicy(overhead: overhead), 0.0)
    if let restoringPerMaking { policy.observe(restoringSeconds: restoringPerMaking, makingSeconds: 1) }
    return (1...executions).filter { _ in
      elapsed += seconds
      guard policy.ends(1, seconds, at: elapsed) == .take else { return false }
      elapsed += stall
      policy.charge(site: 1, seconds: stall, tookCheckpoint: true)
      return true
    }
  }

  /// Site 1 has measured a cheap checkpoint of its own.
  private func replacingStall(of policy: CheckpointPolicy) -> CheckpointPolicy {
    var policy = policy
    policy.charge(site: 1, seconds: 0.01, tookCheckpoint: true)
    return policy
  }
}

extension CheckpointPolicy {
  fileprivate mutating func boundary(_ site: Int, _ seconds: Double, at elapsedSeconds: Double) -> Double? {
    considersBoundary(site: site, seconds: seconds, checkpoints: 0, elapsedSeconds: elapsedSeconds, writerIsBehind: false)
  }

  fileprivate mutating func ends(
    _ site: Int, _ seconds: Double, at elapsedSeconds: Double, writerIsBehind: Bool = false
  ) -> Decision {
    considers(site: site, seconds: seconds, elapsedSeconds: elapsedSeconds, writerIsBehind: writerIsBehind)
  }
}

/// Knuth's MMIX generator: a seed names the whole sequence.
private struct LinearRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(below bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % bound
  }
}
