/// Decides at which loops a checkpoint is worth what it costs. Pure: costs and times in, decisions out.
///
/// Of a loop site: n executions, C seconds each, k checkpoints, M seconds that the training thread loses to one, in its stall and
/// while it is written, R = c M to restore it; e is the overhead that the user allows. FLOR's two rules (VLDB 14(4), 2021, section 5.3), with sums in place of
/// n C and k M, since neither is constant, and held after the checkpoint in question as well as before it:
///
/// 1. record: what the site has lost, and M, stay below e times what the site has taken (k M < n e C);
/// 2. replay: k times M + R stay below what the site has taken (M + R < (n/k) C);
/// 3. run: what all sites have lost, M, and the wait for the writer if the script ended now, stay below e times the run.
///
/// Where the user has not said what recording may cost, it is thrifty: whoever leaves it on for every run must not feel it. Rule 3
/// allows less of a run the longer that is, and a checkpoint between iterations has to save more. A short run may cost what e says:
/// it is there to be tried out.
public struct CheckpointPolicy: Sendable {
  public enum Decision: Hashable, Sendable {
    case take
    case skip(Reason)
  }

  /// By the names that a run's statistics have.
  public enum Reason: String, Hashable, Sendable {
    /// Shorter than it takes to think about it.
    case short
    case writerIsBehind = "writer_is_behind"
    /// Rule 1 or 2 would not hold.
    case costsMoreThanItSaves = "costs_more_than_it_saves"
    /// Rule 3 would not hold.
    case overBudget = "over_budget"
    /// The device is full, or the run has all that it may take of it.
    case noRoom = "no_room"
    /// Recording takes no checkpoints any more.
    case stopped
  }

  /// What is known of one loop site.
  public struct SiteFigures: Hashable, Sendable {
    public fileprivate(set) var executions = 0
    public fileprivate(set) var seconds = 0.0
    public fileprivate(set) var checkpoints = 0
    public fileprivate(set) var lostSeconds = 0.0
    /// How many executions were decided against, by reason.
    public fileprivate(set) var passedOver: [Reason: Int] = [:]
    fileprivate var stallSeconds: Double?
    fileprivate var slowedSeconds: Double?

    fileprivate var meanSeconds: Double { seconds / Double(max(1, executions)) }
  }

  /// M before any was measured; also what rule 3 forgives a run that has just begun.
  public static let assumedStallSeconds = 0.005
  public static let shortestLoopSeconds = 0.001
  /// What sites with short loops may spend of the run's budget: the rest is kept for the longest, where a checkpoint saves
  /// most.
  public static let shareOfShorterLoops = 0.75
  /// What following executions at whose end there is no checkpoint may cost, of the overhead.
  public static let shareOfFollowing = 0.1
  /// In executions.
  public static let longestRest = 1000
  /// What checkpoints between iterations may spend of the run's budget where loops end often enough for others. Up to that they come
  /// first: a replay begins at them, so that what no other checkpoint covers is executed by as many workers as there are of them.
  public static let shareOfBoundaries = 0.5
  /// A part of the run's time so far. More places to begin at help nobody, and each takes room on the disk.
  public static let leastGainPart = 0.005
  /// To begin there, a replay starts a process and restores: whoever gains less by it gains nothing.
  public static let leastGainSeconds = 1.0
  public static let shortestWaitSeconds = 0.005
  /// The most that a thrifty recording may lose in a long run: so many seconds, and this share of all others.
  public static let thriftySeconds = 0.3
  public static let thriftyShare = 0.004
  /// The same with the wait for the writer at the end, which comes once.
  public static let thriftyShareWithWait = 0.015
  /// What a thrifty checkpoint between iterations may cost of what it saves.
  public static let thriftyBoundaryShare = 0.02
  /// The weight of the newest figure in a moving average.
  private static let weightOfNewest = 0.3

  /// e. Infinite: every execution that is not short, whenever the writer has room.
  public private(set) var overhead: Double
  private var isThrifty: Bool
  public private(set) var sites: [Int: SiteFigures] = [:]
  public private(set) var lostSeconds = 0.0
  /// c
  public private(set) var restoringPerMaking = 1.0
  /// Of `lostSeconds` what was not lost in stalls: the writer took it from the program beside it.
  public private(set) var allSlowedSeconds = 0.0
  private var stallSeconds: Double?
  private var slowedSeconds: Double?
  private var writingSeconds = 0.0
  /// Of `lostSeconds` what checkpoints between iterations cost.
  private var lostAtBoundaries = 0.0
  /// Until then a checkpoint between iterations waits for the budget, and no other one takes it away.
  private var claimedUntilSeconds = 0.0
  private var longest: (site: Int, seconds: Double)?

  var isUnlimited: Bool { overhead == .infinity }

  public init(overhead: Double, isThrifty: Bool = false) {
    precondition(overhead >= 0, "An overhead is a share of the run's time, 0 or more.")
    (self.overhead, self.isThrifty) = (overhead, isThrifty)
  }

  /// What was lost so far stays charged.
  public mutating func allow(overhead: Double) {
    precondition(overhead >= 0, "An overhead is a share of the run's time, 0 or more.")
    (self.overhead, isThrifty) = (overhead, false)
  }

  /// Rule 3. Whether a run that has taken so long may lose `cost` more, to a site that may spend a `share` of what it may lose in all.
  private func isWithinBudget(_ cost: Double, share: Double, at elapsedSeconds: Double) -> Bool {
    func holds(_ seconds: Double, _ thriftyShare: Double) -> Bool {
      seconds <= allowed(thriftyShare, at: elapsedSeconds) * share + Self.assumedStallSeconds
    }
    return holds(lostSeconds + cost, Self.thriftyShare) && holds(lostSeconds + cost + writingSeconds, Self.thriftyShareWithWait)
  }

  private func allowed(_ thriftyShare: Double, at elapsedSeconds: Double) -> Double {
    let most = overhead * elapsedSeconds
    return isThrifty ? min(most, Self.thriftySeconds + thriftyShare * elapsedSeconds) : most
  }

  /// An execution of `site` has ended that took `seconds`; the run has taken `elapsedSeconds`.
  public mutating func considers(
    site: Int, seconds: Double, elapsedSeconds: Double, writerIsBehind: Bool
  ) -> Decision {
    let decision = decides(site, seconds, elapsedSeconds, writerIsBehind)
    if case .skip(let reason) = decision { passOver(site: site, reason) }
    return decision
  }

  /// No checkpoint is taken of an execution of `site` that has ended.
  public mutating func passOver(site: Int, _ reason: Reason) {
    sites[site, default: SiteFigures()].passedOver[reason, default: 0] += 1
  }

  /// The figures of the boundaries between a loop's iterations are kept apart from those of its executions, as a site of their own.
  public static func boundaries(of site: Int) -> Int { -1 - site }

  /// An iteration of `site` is about to begin. Since the last checkpoint at such a boundary of this execution, it has taken `seconds`
  /// that no checkpoint covers, and `checkpoints` were taken in it. Returns nil where a checkpoint pays, else after how many seconds
  /// that is to be asked again.
  ///
  /// It gains what a replay would need to come here: those seconds, and restoring those checkpoints one by one in place of this one.
  /// Rules 1 and 2 hold for each of them by itself.
  public mutating func considersBoundary(
    site: Int, seconds: Double, checkpoints: Int, elapsedSeconds: Double, writerIsBehind: Bool
  ) -> Double? {
    let figures = sites[Self.boundaries(of: site)] ?? SiteFigures()
    let stall = figures.stallSeconds ?? stallSeconds ?? Self.assumedStallSeconds
    let cost = stall + (figures.slowedSeconds ?? slowedSeconds ?? 0)
    let gain = seconds + Double(max(0, checkpoints - 1)) * restoringPerMaking * cost
    if isUnlimited { return gain >= Self.shortestLoopSeconds && !writerIsBehind ? nil : Self.shortestLoopSeconds }
    let leastSeconds = max(Self.leastGainSeconds, Self.leastGainPart * elapsedSeconds)
    let boundaryShare = isThrifty ? min(overhead, Self.thriftyBoundaryShare) : overhead
    let least = max(cost / boundaryShare, (1 + restoringPerMaking) * cost, leastSeconds)
    guard gain >= least else { return max(Self.shortestWaitSeconds, min(least - gain, least / 8)) }
    let wait = max(Self.shortestWaitSeconds, least / 8)
    let share = longest == nil ? 1 : Self.shareOfBoundaries
    guard lostAtBoundaries + cost <= allowed(Self.thriftyShare, at: elapsedSeconds) * share + Self.assumedStallSeconds else {
      return wait
    }
    if isWithinBudget(cost, share: 1, at: elapsedSeconds) && !writerIsBehind { return nil }
    claimedUntilSeconds = elapsedSeconds + 2 * wait
    return wait
  }

  private mutating func decides(
    _ site: Int, _ seconds: Double, _ elapsedSeconds: Double, _ writerIsBehind: Bool
  ) -> Decision {
    let figures = note(site: site, seconds: seconds)
    if seconds < Self.shortestLoopSeconds { return .skip(.short) }
    if writerIsBehind { return .skip(.writerIsBehind) }
    if isUnlimited { return .take }
    let stall = figures.stallSeconds ?? stallSeconds ?? Self.assumedStallSeconds
    let cost = stall + (figures.slowedSeconds ?? slowedSeconds ?? 0)
    guard isWorthwhile(figures, cost) else { return .skip(.costsMoreThanItSaves) }
    if elapsedSeconds < claimedUntilSeconds { return .skip(.overBudget) }
    let share = seconds * 2 >= (longest?.seconds ?? 0) ? 1 : Self.shareOfShorterLoops
    return isWithinBudget(cost, share: share, at: elapsedSeconds) ? .take : .skip(.overBudget)
  }

  /// The training thread lost `seconds` at `site`, to a checkpoint or to the attempt.
  public mutating func charge(site: Int, seconds: Double, tookCheckpoint: Bool) {
    lost(seconds, at: site)
    stallSeconds = Self.average(stallSeconds, seconds)
    sites[site, default: SiteFigures()].lostSeconds += seconds
    sites[site, default: SiteFigures()].stallSeconds = Self.average(sites[site]?.stallSeconds, seconds)
    if tookCheckpoint { sites[site, default: SiteFigures()].checkpoints += 1 }
  }

  /// The program lost `seconds` while a checkpoint of `site` was written.
  public mutating func charge(site: Int, slowedSeconds seconds: Double) {
    lost(seconds, at: site)
    allSlowedSeconds += seconds
    slowedSeconds = Self.average(slowedSeconds, seconds)
    sites[site, default: SiteFigures()].lostSeconds += seconds
    sites[site, default: SiteFigures()].slowedSeconds = Self.average(sites[site]?.slowedSeconds, seconds)
  }

  private mutating func lost(_ seconds: Double, at site: Int) {
    lostSeconds += seconds
    if site < 0 { (lostAtBoundaries, claimedUntilSeconds) = (lostAtBoundaries + seconds, 0) }
  }

  /// The training thread lost `seconds` to recording, at no site in particular.
  public mutating func charge(seconds: Double) {
    lostSeconds += seconds
  }

  /// An execution that took `seconds` was followed, with no checkpoint at its end, which cost `spentSeconds`. Returns how many of the
  /// next ones must only be counted, so that following the site stays within its share of the overhead.
  public mutating func followed(seconds: Double, spentSeconds: Double) -> Int {
    charge(seconds: spentSeconds)
    let allowed = overhead * Self.shareOfFollowing * seconds
    guard allowed > 0 else { return Self.longestRest }
    return Int(min(spentSeconds / allowed, Double(Self.longestRest)))
  }

  /// The writer needed `seconds` for a checkpoint.
  public mutating func observe(writingSeconds seconds: Double) {
    writingSeconds = writingSeconds == 0 ? seconds : Self.average(writingSeconds, seconds)
  }

  /// Restoring took `restoringSeconds` where making took `makingSeconds`.
  public mutating func observe(restoringSeconds: Double, makingSeconds: Double) {
    guard makingSeconds > 0 else { return }
    restoringPerMaking = Self.average(restoringPerMaking, restoringSeconds / makingSeconds)
  }

  private mutating func note(site: Int, seconds: Double) -> SiteFigures {
    var figures = sites[site] ?? SiteFigures()
    figures.executions += 1
    figures.seconds += seconds
    sites[site] = figures
    // A loop that ran once is no measure for others: it may be the whole program.
    if figures.executions > 1, longest?.site == site || figures.meanSeconds > longest?.seconds ?? 0 {
      longest = (site, figures.meanSeconds)
    }
    return figures
  }

  private func isWorthwhile(_ figures: SiteFigures, _ cost: Double) -> Bool {
    let record = figures.lostSeconds + cost < overhead * figures.seconds
    let replay = Double(figures.checkpoints + 1) * (1 + restoringPerMaking) * cost < figures.seconds
    return record && replay
  }

  private static func average(_ old: Double?, _ newest: Double) -> Double {
    guard let old else { return newest }
    return old + weightOfNewest * (newest - old)
  }
}
