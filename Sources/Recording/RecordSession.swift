public import RunModel
public import RunStore
import Synchronization

/// One run being recorded, in the script's process: owns its folder, its lock, and the order of stage, submit, commit.
///
/// Nothing here throws once the session exists: a fault in recording never stops the training. It is kept as a sentence, and
/// `finish` returns them all.
///
/// Sendable unchecked: `append`, `note` and `problems` may be called from any thread and lock what they touch; everything else
/// belongs to Python's main thread. `isInert` changes only in a forked child, while that has one thread.
public final class RecordSession: @unchecked Sendable {
  /// The files that grow while the script runs.
  public enum File: String, CaseIterable, Sendable {
    case sources
    case sites
    case output

    func path(in run: RunDirectory) -> String {
      switch self {
      case .sources: run.sourceIndex
      case .sites: run.sites
      case .output: run.output
      }
    }
  }

  public let run: RunDirectory
  public private(set) var policy: CheckpointPolicy
  /// In a forked child: whatever is called does nothing.
  public private(set) var isInert = false

  private let fileSystem: any FileSystem
  private let lock: RunLock
  private let files: [File: AppendFile]
  private let arena = StagingArena()
  private var lent = LentCopies()
  let still: StillLeaves
  private let writer: CheckpointWriter
  private let beginSeconds = Clock.seconds
  private let notes = Mutex(Notes())
  private(set) var nextNumber = 1
  /// Those that the run began with.
  private let continuedCheckpoints: Int
  private var unsynchronizedSources: [String] = []
  private var lacksSource = false
  /// What the last checkpoint cost that the next will not.
  private var preparingSeconds = 0.0
  private var keptSources: Set<ContentHash> = []
  /// Of the checkpoints that may still be with the writer.
  private var siteOfCheckpoint: [Int: Int] = [:]

  private struct Notes {
    var problems: [String] = []
    /// A file has a hole, or memory is short: a checkpoint would refer to what is not there.
    var isStopped = false
  }

  private init(
    run: RunDirectory, fileSystem: any FileSystem, lock: RunLock, files: [File: AppendFile], policy: CheckpointPolicy,
    diskLimit: Int?, continued: CheckpointCommitter.Continued?
  ) {
    self.run = run
    self.fileSystem = fileSystem
    self.lock = lock
    self.files = files
    self.policy = policy
    still = StillLeaves(tracker: WriteTracker())
    writer = CheckpointWriter(
      committer: CheckpointCommitter(
        run: run, fileSystem: fileSystem, still: still, diskLimit: diskLimit, continued: continued), still: still
    ) {
      // Where nobody can tell, trying does.
      (try? fileSystem.availableByteCount(at: run.path)) ?? .max
    }
    nextNumber = (continued?.checkpoint ?? 0) + 1
    continuedCheckpoints = continued.map { $0.checkpoint - $0.missing.count } ?? 0
  }
}

// MARK: - Beginning and end

extension RecordSession {
  /// Makes the run's folder. `headerJSON` is what `run.json` will hold; `policy` decides about its checkpoints; `diskLimit`
  /// what those may take of the disk, in bytes; `continuing` what the run begins with.
  public static func create(
    store: RunStore, runID: RunID, headerJSON: String, policy: CheckpointPolicy, diskLimit: Int? = nil,
    continuing: RunContinuation? = nil
  ) throws(StoreError) -> RecordSession {
    let (run, fileSystem) = (store.directory(of: runID), store.fileSystem)
    try store.make()
    let making = try RunLock(sharing: store.lock)
    defer { making.release() }
    try makeFolders(of: run, fileSystem)
    try fileSystem.writeWhole(Array(RunDirectory.formatLine.utf8), to: run.format, synchronized: true)
    let lock = try RunLock(holding: run.lock)
    do throws(StoreError) {
      var files: [File: AppendFile] = [:]
      for file in File.allCases { files[file] = try AppendFile(creating: file.path(in: run), fileSystem: fileSystem) }
      try continuing?.fill(run, files, fileSystem)
      // Last (invariant 2), when the names of all the others are durable.
      do { try fileSystem.synchronize(directory: run.path) } catch { throw .unwritable(run.path, error) }
      try fileSystem.writeDurably(SealedJSON.seal(headerJSON), to: run.header)
      return RecordSession(
        run: run, fileSystem: fileSystem, lock: lock, files: files, policy: policy, diskLimit: diskLimit,
        continued: try continuing.map { continuing throws(StoreError) in try continued(continuing, run, store) })
    } catch {
      lock.release()
      throw error
    }
  }

  private static func continued(
    _ continuing: RunContinuation, _ run: RunDirectory, _ store: RunStore
  ) throws(StoreError) -> CheckpointCommitter.Continued {
    try continuing.addCheckpoints(to: run, store.fileSystem)
    return CheckpointCommitter.Continued(
      checkpoint: continuing.checkpoint, leaves: try store.manifest(continuing.checkpoint, of: run).leaves,
      missing: try continuing.missing(in: run, store.fileSystem))
  }

  private static func makeFolders(of run: RunDirectory, _ fileSystem: any FileSystem) throws(StoreError) {
    do throws(ErrorNumber) {
      try fileSystem.makeDirectory(run.path)
      for folder in [run.sources, run.checkpoints, run.packs, run.replays] { try fileSystem.makeDirectory(folder) }
      try fileSystem.synchronize(directory: String(run.path.dropLast(run.run.text.count + 1)))
    } catch {
      throw .unwritable(run.path, error)
    }
  }

  /// Waits for the writer, writes `end.json`, lets go of the lock. Returns all that could not be recorded.
  ///
  /// `endJSON` is an object with `status`, `exit`, `ended`, `seconds`, `statistics` and `counters`; what only the session knows
  /// (`checkpoints`, `bytes`, `lost_seconds`, `ops`, `problems`) is added.
  public func finish(endJSON: String) -> [String] {
    if isInert { return [] }
    let begin = Clock.seconds
    let outcome = writer.drain(isEnding: true)
    policy.charge(seconds: Clock.seconds - begin)
    chargeSlowdowns()
    outcome.problems.forEach(note(problem:))
    closeFiles()
    do throws(StoreError) {
      try fileSystem.writeDurably(SealedJSON.seal(endText(endJSON, outcome)), to: run.end)
    } catch {
      note(problem: "The end of the run was not recorded: \(error)")
    }
    lock.release()
    return problems
  }

  private func closeFiles() {
    do throws(StoreError) {
      for source in unsynchronizedSources { try fileSystem.synchronizeFile(source) }
    } catch {
      note(problem: "A source file may not outlive a power failure: \(error)")
    }
    for (_, file) in files {
      do throws(StoreError) {
        defer { closeUnlessTold(file) }
        try file.flush()
        try file.synchronize()
      } catch {
        note(problem: "The end of a file is missing: \(error)")
      }
    }
  }

  /// After what `flush` and `synchronize` said there is nothing more to learn.
  private func closeUnlessTold(_ file: AppendFile) {
    do throws(StoreError) { try file.close() } catch { note(problem: "A file was not closed: \(error)") }
  }

  private func endText(_ endJSON: String, _ outcome: CheckpointWriter.Outcome) -> String {
    JSONObjectText.inserting(
      [
        ("checkpoints", String(presentCheckpoints(outcome))), ("bytes", String(outcome.byteCount)),
        ("lost_seconds", String(policy.lostSeconds)), ("slowed_seconds", String(policy.allSlowedSeconds)),
        ("ops", String(byteCount(of: .output))), ("problems", JSONObjectText.array(problems)),
      ] + fileFields, into: endJSON)
  }

  /// One that was to be given up may be there after all, where it could not be removed.
  private func presentCheckpoints(_ outcome: CheckpointWriter.Outcome) -> Int {
    guard !outcome.problems.isEmpty, let names = try? fileSystem.names(in: run.checkpoints) else {
      return continuedCheckpoints + outcome.checkpoints
    }
    return names.count { RunDirectory.checkpoint(named: $0) != nil }
  }

  /// For a forked child, from `pthread_atfork`: nothing of Dispatch and no lock is touched there, now or later.
  public func becomeInert() {
    isInert = true
    lock.release()
  }
}

// MARK: - What happens between

extension RecordSession {
  /// `records` are whole ones: lines, or records of `output.ops`.
  public func append(_ records: UnsafeRawBufferPointer, to file: File) {
    // What the script prints is kept to its end; a source that was not kept must not be named.
    if isInert || file != .output && isStopped { return }
    do throws(StoreError) {
      try appendFile(file).append(records)
    } catch {
      stop("\(error)")
    }
  }

  /// The length of the file as a reader will see it, once all of it is written.
  public func byteCount(of file: File) -> Int { isInert ? 0 : appendFile(file).byteCount }

  /// Keeps a source file; its line in `sources.jsonl` is the caller's to append, after this.
  public func keepSource(_ hash: ContentHash, _ bytes: [UInt8]) {
    if isInert || !keptSources.insert(hash).inserted { return }
    do throws(StoreError) {
      // The writer makes it durable before the next manifest: a hundred modules would be two hundred waits for the disk here.
      try fileSystem.writeWhole(bytes, to: run.source(hash), synchronized: false)
      unsynchronizedSources.append(run.source(hash))
    } catch {
      lacksSource = true
      stop("A source file was not kept: \(error)")
    }
  }

  /// From here on checkpoints may cost this share of the run's time, infinite where they may cost anything.
  public func allow(overhead: Double) {
    if !isInert { policy.allow(overhead: overhead) }
  }

  /// An execution of `site` has ended that took `seconds`: is it worth a checkpoint?
  public func considers(site: Int, seconds: Double) -> CheckpointPolicy.Decision {
    if isInert { return .skip(.stopped) }
    if let reason = whyNone {
      policy.passOver(site: site, reason)
      return .skip(reason)
    }
    // Where a checkpoint may cost anything, the program waits for the writer.
    if policy.isUnlimited && isWriterBehind { drain() }
    for writing in writer.takeWritingSeconds() { policy.observe(writingSeconds: writing) }
    chargeSlowdowns()
    return policy.considers(
      site: site, seconds: seconds, elapsedSeconds: Clock.seconds - beginSeconds, writerIsBehind: isWriterBehind)
  }

  /// An iteration of `site` is about to begin: nil where a checkpoint pays, else in how many seconds to ask again.
  public func considersBoundary(site: Int, seconds: Double, checkpoints: Int) -> Double? {
    if let reason = whyNone { return reason == .stopped ? .infinity : Self.secondsUntilRoomIsAskedFor }
    if policy.isUnlimited && isWriterBehind { drain() }
    for writing in writer.takeWritingSeconds() { policy.observe(writingSeconds: writing) }
    chargeSlowdowns()
    return policy.considersBoundary(
      site: site, seconds: seconds, checkpoints: checkpoints, elapsedSeconds: Clock.seconds - beginSeconds,
      writerIsBehind: isWriterBehind)
  }

  private static let secondsUntilRoomIsAskedFor = 1.0

  private var whyNone: CheckpointPolicy.Reason? { isStopped ? .stopped : writer.mayTake(at: Clock.seconds) ? nil : .noRoom }

  private var isWriterBehind: Bool { arena.isFull || still.isBusy }

  /// Copies what is not known to be unchanged and hands it to the writer; afterwards the program may change all of it. Returns
  /// the checkpoint's number, or nil where the writer is behind or recording has stopped. Copies that were made for it stay alive
  /// until `takeReturned` has its number.
  ///
  /// `headerJSON` is an object with what `CheckpointPosition` has, except `checkpoint`, which is added; its `ops` is
  /// `byteCount(of: .output)`. No Python object is touched: the interpreter's lock may be released around this.
  public func checkpoint(
    headerJSON: String, graph: UnsafeRawBufferPointer, leaves: [LiveLeaf]
  ) -> Int? {
    guard !isInert, !isStopped else { return nil }
    do {
      // Flushed before the copy is submitted: what a manifest counts on must be with the system before the manifest is.
      for (_, file) in files { try file.flush() }
      let held = leaves.map(still.held)
      let copied = zip(leaves, held).compactMap { leaf, record in record == nil && leaf.kind != .copy ? leaf : nil }
      let lentByteCount = leaves.reduce(0) { $1.kind == .copy ? $0 + $1.byteCount : $0 }
      let begin = Clock.seconds
      guard let staged = try arena.stage(leaves: [graph] + copied.map(\.bytes), lentByteCount: lentByteCount) else { return nil }
      preparingSeconds = staged.preparingSeconds
      preparingSeconds += (Clock.seconds - begin - preparingSeconds) * shareOfNew(copied)
      return submit(staged, sources(leaves, held, staged), JSONObjectText.inserting(fileFields, into: headerJSON))
    } catch let error as StoreError where error.isOutOfSpace {
      writer.foundFull(error, "No checkpoint was taken")
    } catch let error as ErrorNumber {
      stop("There was no memory to stage a checkpoint in: \(error)")
    } catch {
      stop("\(error)")
    }
    return nil
  }

  /// The checkpoints whose copies (`LiveLeaf.Kind.copy`) nobody reads any more, since this was last asked.
  public func takeReturned() -> [Int] { lent.takeReturned() }

  /// What each file has come to; null of one that lacks something.
  private var fileFields: [(name: String, json: String)] {
    File.allCases.map { file in
      let contents = file == .sources && lacksSource ? nil : appendFile(file).contents
      return (file.rawValue, contents.map { #"{"bytes":\#($0.byteCount),"hash":"\#($0.hash.hex)"}"# } ?? "null")
    }
  }

  /// What is copied for the first time may be still from then on. Where it is not, the next copy is charged in full.
  private func shareOfNew(_ leaves: [LiveLeaf]) -> Double {
    let byteCount = leaves.reduce(0) { $0 + $1.byteCount }
    return Double(leaves.filter(still.isNew).reduce(0) { $0 + $1.byteCount }) / Double(max(1, byteCount))
  }

  private func sources(_ leaves: [LiveLeaf], _ held: [LeafRecord?], _ staged: StagedLeaves) -> [StagedLeaf] {
    var copies = staged.ranges.dropFirst().makeIterator()
    return zip(leaves, held).map { leaf, record in
      if let record { return StagedLeaf(live: leaf, source: .held(record)) }
      if leaf.kind == .copy { return StagedLeaf(live: leaf, source: .lent) }
      guard let copy = copies.next() else { preconditionFailure("A leaf that is not held was copied.") }
      return StagedLeaf(live: leaf, source: .copied(copy))
    }
  }

  private func submit(_ staged: StagedLeaves, _ leaves: [StagedLeaf], _ headerJSON: String) -> Int {
    let number = nextNumber
    nextNumber += 1
    if leaves.contains(where: { $0.live.kind == .copy }) { lent.add(staged, of: number) }
    let kept = unsynchronizedSources
    unsynchronizedSources = []
    writer.submit(
      StagedCheckpoint(
        number: number, headerJSON: headerJSON, staged: staged, leaves: leaves, stagedSeconds: Clock.seconds,
        files: Array(files.values), sources: kept))
    return number
  }

  /// What the checkpoint at `site`, or the attempt at one, has cost the training thread, capture and all. After each of them.
  public func charge(site: Int, seconds: Double, tookCheckpoint: Bool, atBoundary: Bool = false) {
    if isInert { return }
    let site = atBoundary ? CheckpointPolicy.boundaries(of: site) : site
    // Memory is faulted in once, and large leaves are first copied once, for all sites: as a measure of what a checkpoint costs it
    // would be ten times too high.
    let once = min(seconds, preparingSeconds)
    preparingSeconds = 0
    policy.charge(seconds: once)
    policy.charge(site: site, seconds: seconds - once, tookCheckpoint: tookCheckpoint)
    if tookCheckpoint { siteOfCheckpoint[nextNumber - 1] = site }
  }

  private func chargeSlowdowns() {
    for (checkpoint, seconds) in writer.takeSlowdowns() {
      if let site = siteOfCheckpoint.removeValue(forKey: checkpoint) { policy.charge(site: site, slowedSeconds: seconds) }
    }
  }

  /// An execution of `seconds` was followed for nothing, which took `spentSeconds`. Returns how many of the next ones of its site are
  /// better only counted.
  public func followed(seconds: Double, spentSeconds: Double) -> Int {
    isInert ? 0 : policy.followed(seconds: seconds, spentSeconds: spentSeconds)
  }

  public var lostSeconds: Double { policy.lostSeconds }

  /// By site, as the caller numbers them.
  public func statistics() -> [Int: CheckpointPolicy.SiteFigures] { policy.sites }

  /// JSON: by site, how many of its executions were decided against, by reason.
  public func passedOverJSON() -> String {
    JSONObjectText.object(
      policy.sites.filter { !$0.value.passedOver.isEmpty }.map { site, figures in
        (String(site), JSONObjectText.object(figures.passedOver.map { ($0.key.rawValue, String($0.value)) }))
      })
  }

  /// Waits until every checkpoint is durable or given up.
  public func drain() {
    if !isInert { _ = writer.drain(isEnding: false) }
  }

  /// The script is about to fork and would be warned of the writer's thread: returns when there is none. Threads of its own are no
  /// reason to leave that out: one that it has joined may be there for a moment more.
  public func settleForFork() {
    if isInert || ThreadTimes.threadCount == 1 { return }
    let begin = Clock.seconds
    drain()
    policy.charge(seconds: Clock.seconds - begin)
  }

  /// Whether no checkpoint will be taken any more.
  public var isStopped: Bool { isInert || notes.withLock { $0.isStopped } || writer.isStopped }

  /// A sentence about something that could not be recorded.
  public func note(problem: String) {
    if isInert { return }
    notes.withLock { $0.problems.append(problem) }
  }

  public var problems: [String] { isInert ? [] : notes.withLock { $0.problems } }

  private func stop(_ problem: String) {
    notes.withLock { notes in
      // A file that failed says so whenever it is asked.
      if !notes.problems.contains(problem) { notes.problems.append(problem) }
      notes.isStopped = true
    }
  }

  private func appendFile(_ file: File) -> AppendFile {
    guard let file = files[file] else { preconditionFailure("A session has every file.") }
    return file
  }
}
