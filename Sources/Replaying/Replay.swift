import FoundationEssentials
import Glibc
public import Launching
public import RunModel
public import RunStore

/// One replay of one run: plan, workers, report (`docs/replay.md`).
public struct Replay {
  let run: RunDirectory
  private let lock: RunLock
  private let header: RunHeader
  private let python: PythonInstallation
  private let project: Project
  private(set) var settings: ReplaySettings
  public let folder: String

  /// What the user ends a program with.
  private static let endingSignals: Set = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  /// How many sites may turn out to be wrongly skipped before the replay gives up.
  static let maximumAttempts = 20

  /// `folder`: where it keeps what is its own; nil: in the run, as its next replay.
  public init(
    of run: RunDirectory, _ header: RunHeader, store: RunStore, python: PythonInstallation, include: [String], exclude: [String],
    restoreUntil: Int?, isTrusted: Bool = false, allowWrites: Bool = false, view: LogView = LogView(),
    folder own: String? = nil
  ) throws {
    if header.logOnly == true { throw ReplayError.logOnly(run.run.text, header.module ?? header.script) }
    if !isTrusted { try Trust.check(run) }
    // Held until this process ends: nobody removes a run that is being replayed.
    guard let lock = try RunLock(trying: run.lock, shared: true) else { throw ReplayError.beingRecorded(run.run.text) }
    self.lock = lock
    (self.run, self.header, self.python) = (run, header, python)
    project = try Project(header, store: store.path)
    folder = try own ?? Files.makeNumberedFolder(in: run.replays)
    settings = ReplaySettings(
      mode: "plan", store: store.path, run: run.run.text, root: project.root, script: header.module ?? header.script,
      module: header.module != nil, runFolder: run.path, planFolder: folder, replayFolder: folder,
      reportFolder: folder, include: include, exclude: exclude, hashSeed: header.hashSeed, restoreUntil: restoreUntil,
      allowWrites: allowWrites, onlyNew: view.onlyNew, format: view.format, markNew: view.marksNew, logLevel: view.logLevel,
      choice: view.choice)
  }

  /// What was added, and what has to run because of it. A changed program is refused here.
  public func plan() throws -> PlanFile {
    let began = Date.now
    let status = try start(configuration(settings), output: nil, stdout: .inherited)
    switch status {
    case .exited(0): break
    case .exited: throw ReplayError.damaged(run.run.text, "the planner said so above")
    case .signalled(let number) where Self.endingSignals.contains(number): status.mirror()
    case .signalled(let number): throw ReplayError.workerFailed("its planner was ended by signal \(number)")
    }
    var plan = try Files.read(PlanFile.self, "\(folder)/plan.json")
    // A worker takes about as long to start as this one did.
    plan.sharedSeconds += Date.now.timeIntervalSince(began)
    guard plan.refusals.isEmpty else { throw ReplayError.programChanged(plan.refusals) }
    if let why = plan.wrongPosition { throw ReplayError.wrongPosition(why) }
    return plan
  }

  /// Who executes what. `jobs`: how many workers at most; nil: as many as this machine has room for.
  public func schedule(_ plan: PlanFile, jobs: Int?) -> Schedule {
    if settings.choice != nil { return .wholeProgram }
    let begins = [0] + plan.segments.dropLast().map { $0.end ?? 0 }
    let segments = zip(begins, plan.segments).map {
      Schedule.Segment(
        begin: $0, end: $1.end, seconds: $1.seconds, restoreSeconds: $1.restoreSeconds,
        leap: $1.leap.map { Schedule.Leap(seconds: $0.seconds, since: $0.since, fromInside: $0.fromInside) })
    }
    let capacity = Capacity.here(recordedDevices: plan.devices)
    let most = whyAlone(plan) == nil ? capacity.workers(asked: jobs, plan) : 1
    return .best(segments, atMost: most, sharedSeconds: plan.sharedSeconds, atOnce: capacity.atOnce(plan))
  }

  /// Why one worker has to do it all; nil where nothing is against several.
  public func whyAlone(_ plan: PlanFile) -> String? {
    if settings.allowWrites { return "the script writes its files for good" }
    if settings.choice != nil { return "a part of the log was chosen" }
    if settings.restoreUntil != nil { return "everything after a checkpoint is executed" }
    return plan.oneWorker
  }

  /// Runs the edited script to its end, with its output where ours goes. `hangAfterSeconds`: for so long a worker may neither
  /// compute nor write.
  public func execute(_ plan: PlanFile, _ schedule: Schedule, hangAfterSeconds: Double? = nil) throws -> (ReplayReport, ExitStatus)
  {
    let began = Date.now
    if let choice = settings.choice { return try executeChosen(plan, choice, began: began) }
    guard schedule.workers > 1 || showsProgress(plan, schedule) else {
      return try executeAlone(plan, began: began, sent: [:], notes: [])
    }
    let limit = hangAfterSeconds ?? 60 + 10 * (schedule.segments.map(\.seconds).max() ?? 0)
    let parallel = try executeTogether(plan, schedule, settings: settings, hangAfterSeconds: limit)
    switch parallel.outcome {
    case .ended(let status):
      let found = try WorkerFile.merged(parallel.folders.map(WorkerFile.handedIn))
      var report = report(plan, found, status, seconds: Date.now.timeIntervalSince(began))
      report.workers = schedule.workers
      report.notes += parallel.notes
      try Files.write(report, to: "\(folder)/report.json")
      return (report, status)
    case .failed(let why): throw ReplayError.workerFailed(why)
    case .undividable(let why):
      try forgetOutput(in: folder)
      try forgetLog()
      return try executeAlone(
        plan, began: began, sent: parallel.output.sentBytes, notes: ["one worker had to begin anew: \(why)"])
    case nil: throw ReplayError.workerFailed("it ended before its time")
    }
  }

  /// Whether one worker tells how far it has come. Not where it may read our terminal, to which only one process group can listen.
  private func showsProgress(_ plan: PlanFile, _ schedule: Schedule) -> Bool {
    ProgramOutput.canShowStatus && whyAlone(plan) == nil && schedule.segments.count > 1
  }

  private func executeTogether(
    _ plan: PlanFile, _ schedule: Schedule, settings: ReplaySettings, sent: [OutputStream: Int] = [:], hangAfterSeconds: Double
  ) throws -> ParallelReplay {
    try enterFolder()
    let output = ProgramOutput(logFolder: folder)
    let relay = try WorkerRelay(output: output, hangAfterSeconds: hangAfterSeconds)
    let capacity = Capacity.here(recordedDevices: plan.devices)
    var events: ParallelReplay?
    let start = { [self] (number: Int, slot: Int) in
      guard let events else { throw ReplayError.workerFailed("a worker was started before its time") }
      let own = "\(folder)/workers/\(number)"
      try Files.makeFolder(own)
      var order = WorkerOrder(outputFolder: own, environment: capacity.environment(of: slot)) {
        var settings = settings
        (settings.mode, settings.reportFolder, settings.orders) = ("replay", own, $0)
        // What the script has written at its end is what the whole replay has.
        if slot != schedule.lastWorker { settings.replayFolder = own }
        return try configuration(settings)
      }
      order.readsOurInput = schedule.workers == 1
      try relay.start(number, order, events)
      return own
    }
    let progress = Progress(schedule, runSeconds: plan.runSeconds ?? 0)
    let parallel = ParallelReplay(
      schedule, progress, isHidden: settings.choice != nil, sent: sent, output: output, endWorker: relay.end, start: start)
    events = parallel
    defer { events = nil }
    try parallel.begin()
    switch try relay.run(parallel) {
    case .signal(let number): ExitStatus.signalled(number).mirror()
    case .lostReader: Self.exitQuietly()
    case nil: return parallel
    }
  }

  /// Only what is to be seen is passed on. Of which iterations that is it may have to be found out first, how many there are.
  private func executeChosen(_ plan: PlanFile, _ choice: LogChoice, began: Date) throws -> (ReplayReport, ExitStatus) {
    var settings = settings
    if let some = choice.some {
      settings.choice?.counts = true
      let counted = try executeUntilRight(plan, &settings)
      settings.choice?.counts = false
      settings.choice?.ordinals = LogChoice.ordinals(some, of: counted.found.iterations ?? 0)
      try forgetOutput(in: "\(folder)/workers/1")
      try forgetLog()
    }
    let done = try executeUntilRight(plan, &settings)
    var report = report(plan, done.found, done.status, seconds: Date.now.timeIntervalSince(began))
    report.notes += done.notes
    report.attempts = 1 + settings.execute.count
    try Files.write(report, to: "\(folder)/report.json")
    return (report, done.status)
  }

  private func executeUntilRight(
    _ plan: PlanFile, _ settings: inout ReplaySettings
  ) throws -> (found: WorkerFile, notes: [String], status: ExitStatus) {
    var sent: [OutputStream: Int] = [:]
    while settings.execute.count < Self.maximumAttempts {
      let parallel = try executeTogether(plan, .wholeProgram, settings: settings, sent: sent, hangAfterSeconds: .infinity)
      if case .failed(let why) = parallel.outcome { throw ReplayError.workerFailed(why) }
      if case .ended(let status) = parallel.outcome {
        return (try .merged(parallel.folders.map(WorkerFile.handedIn)), parallel.notes, status)
      }
      guard let retry = try parallel.folders.last.flatMap(RetryFile.take) else { break }
      settings.execute.append(retry.mustRun)
      sent = parallel.output.sentBytes
      try forgetLog()
    }
    throw Self.tooManyAttempts
  }

  /// Begins again where a skip turns out to have been wrong. `sent`: what was passed on by others before.
  private func executeAlone(
    _ plan: PlanFile, began: Date, sent: [OutputStream: Int], notes: [String]
  ) throws -> (ReplayReport, ExitStatus) {
    var settings = settings
    settings.mode = "replay"
    let forwarded = Forwarded(sent)
    for attempt in 1...Self.maximumAttempts {
      let status = try start(
        configuration(settings), output: folder,
        stdout: forwarded.isNeeded || !Self.isTerminal ? forwarded.target(.output) : .inherited,
        stderr: sent.isEmpty ? .inherited : forwarded.target(.error))
      guard status == .exited(RetryFile.status), let retry = try RetryFile.take(from: folder) else {
        var report = report(plan, try .read(folder), status, seconds: Date.now.timeIntervalSince(began))
        report.attempts = attempt
        report.notes += notes
        try Files.write(report, to: "\(folder)/report.json")
        return (report, status)
      }
      settings.execute.append(retry.mustRun)
      try forgetLog()
    }
    throw Self.tooManyAttempts
  }

  static var tooManyAttempts: ReplayError {
    .workerFailed("\(maximumAttempts) loops in turn could not be skipped after all")
  }

  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whoever read our output has gone away: there is nobody to replay for.
  static func exitQuietly() -> Never { exit(128 + SIGPIPE) }

  /// What an earlier attempt wrote must not stand before what the next one writes.
  private func forgetOutput(in folder: String) throws {
    for name in ["stdout.log", "stderr.log"] { try Files.remove("\(folder)/\(name)") }
  }

  /// What an earlier attempt has logged, the next one logs again.
  private func forgetLog() throws { try Files.remove("\(folder)/log") }

  func enterFolder() throws {
    guard FileManager.default.changeCurrentDirectoryPath(project.folder) else { throw ReplayError.noFolder(project.folder) }
  }

  func configuration(_ settings: ReplaySettings) throws -> HostConfiguration {
    HostConfiguration(
      python: python, mode: settings.mode, settings: String(decoding: try Files.text(settings), as: UTF8.self),
      arguments: project.arguments.map { Array($0.utf8) })
  }

  private func start(
    _ configuration: HostConfiguration, output: String?, stdout: OutputTarget, stderr: OutputTarget = .inherited
  ) throws -> ExitStatus {
    try enterFolder()
    return try ScriptProcess.run(configuration, outputFolder: output, stdout: stdout, stderr: stderr)
  }

  private func report(_ plan: PlanFile, _ worker: WorkerFile, _ status: ExitStatus, seconds: Double) -> ReplayReport {
    let exit: Int32 =
      switch status {
      case .exited(let status): status
      case .signalled(let signal): -signal
      }
    return ReplayReport(
      run: run.run.text, replay: String(folder.lastPart), script: header.module ?? header.script, exit: exit, seconds: seconds,
      runSeconds: plan.runSeconds, workers: 1, attempts: 1, bytesRead: worker.bytesRead, probes: plan.probes, loops: worker.loops,
      divergences: worker.divergences, causes: worker.divergences.isEmpty ? [] : plan.causes, notes: worker.notes,
      damages: worker.damages, endedAfter: worker.endedAfter, shownParts: worker.shownParts)
  }
}
