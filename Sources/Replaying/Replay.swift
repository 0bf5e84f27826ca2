import FoundationEssentials
import Glibc
public import Launching
public import RunModel
public import RunStore

/// One replay of one run: plan, worker, report. The worker begins again where a skip turns out to have been wrong.
public struct Replay {
  private let run: RunDirectory
  private let header: RunHeader
  private let python: PythonInstallation
  private let project: Project
  private var settings: ReplaySettings
  public let folder: String

  /// How many sites may turn out to be wrongly skipped before the replay gives up.
  private static let maximumAttempts = 20
  /// `RETRY_STATUS` of `python/flor/replaying.py`.
  private static let retryStatus: Int32 = 75

  public init(
    of run: RunDirectory, _ header: RunHeader, store: RunStore, python: PythonInstallation, include: [String], exclude: [String],
    restoreUntil: Int?, allowWrites: Bool = false
  ) throws {
    guard try !RunLock.isHeld(run.lock) else { throw ReplayError.beingRecorded(run.run.text) }
    (self.run, self.header, self.python) = (run, header, python)
    project = try Project(header, store: store.path)
    folder = try Files.makeNumberedFolder(in: run.replays)
    settings = ReplaySettings(
      mode: "plan", store: store.path, run: run.run.text, root: project.root, script: header.module ?? header.script,
      module: header.module != nil, runFolder: run.path, replayFolder: folder, include: include, exclude: exclude,
      restoreUntil: restoreUntil, allowWrites: allowWrites)
  }

  /// What was added, and what has to run because of it. A changed program is refused here.
  public func plan() throws -> PlanFile {
    let status = try start("plan", settings, output: nil, stdout: .inherited)
    guard status == .exited(0) else { throw ReplayError.damaged(run.run.text, "the planner said so above") }
    let plan = try Files.read(PlanFile.self, "\(folder)/plan.json")
    guard plan.refusals.isEmpty else { throw ReplayError.programChanged(plan.refusals) }
    return plan
  }

  /// Runs the edited script to its end, with its output where ours goes.
  public func execute(_ plan: PlanFile) throws -> (ReplayReport, ExitStatus) {
    let began = Date.now
    var settings = settings
    settings.mode = "replay"
    var forwarded = 0
    for attempt in 1...Self.maximumAttempts {
      let skipping = forwarded
      var seen = 0
      let status = try start(
        "replay", settings, output: folder,
        stdout: Self.isTerminal
          ? .inherited
          : .sink { bytes in
            // What an earlier attempt has printed is printed: this one repeats it before it goes on.
            let fresh = max(0, min(bytes.count, seen + bytes.count - skipping))
            seen += bytes.count
            forwarded = max(forwarded, seen)
            Self.forward(UnsafeRawBufferPointer(rebasing: bytes.suffix(fresh)))
          })
      guard status == .exited(Self.retryStatus), let retry = try takeRetry() else {
        return (try report(plan, status, attempt, seconds: Date.now.timeIntervalSince(began)), status)
      }
      settings.execute.append(MustRun(path: retry.site.path, ordinal: retry.site.ordinal, reason: retry.reason))
    }
    throw ReplayError.workerFailed("\(Self.maximumAttempts) loops in turn could not be skipped after all")
  }

  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  private static func forward(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      if count < 0, errno != EINTR, errno != EAGAIN { return exitQuietly() }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(count, 0)))
    }
  }

  /// Whoever read our output has gone away: there is nobody to replay for.
  private static func exitQuietly() { exit(128 + SIGPIPE) }

  private func takeRetry() throws -> RetryFile? {
    let path = "\(folder)/retry.json"
    guard Files.exists(path) else { return nil }
    let retry = try Files.read(RetryFile.self, path)
    try FileManager.default.removeItem(atPath: path)
    return retry
  }

  private func start(
    _ mode: String, _ settings: ReplaySettings, output: String?, stdout: OutputTarget
  ) throws -> ExitStatus {
    guard FileManager.default.changeCurrentDirectoryPath(project.folder) else { throw ReplayError.noFolder(project.folder) }
    let configuration = HostConfiguration(
      python: python, mode: mode, settings: String(decoding: try Files.text(settings), as: UTF8.self),
      arguments: project.arguments.map { Array($0.utf8) })
    return try ScriptProcess.run(configuration, outputFolder: output, stdout: stdout)
  }

  private func report(_ plan: PlanFile, _ status: ExitStatus, _ attempts: Int, seconds: Double) throws -> ReplayReport {
    let path = "\(folder)/worker.json"
    // A worker that died, or a script that left by os._exit, has told nothing.
    let worker =
      Files.exists(path)
      ? try Files.read(WorkerFile.self, path)
      : WorkerFile(
        loops: [], divergences: [], notes: ["the script's process ended before it could report"], damages: [], bytesRead: 0)
    let exit: Int32 =
      switch status {
      case .exited(let status): status
      case .signalled(let signal): -signal
      }
    let report = ReplayReport(
      run: run.run.text, replay: String(folder.lastPart), script: header.module ?? header.script, exit: exit, seconds: seconds,
      workers: 1, attempts: attempts, bytesRead: worker.bytesRead, probes: plan.probes, loops: worker.loops,
      divergences: worker.divergences, notes: worker.notes, damages: worker.damages,
      endedAfter: worker.endedAfter)
    try Files.write(report, to: "\(folder)/report.json")
    return report
  }
}
