import ArgumentParser
import FoundationEssentials
import Glibc
import Launching
import Replaying
import RunModel
import RunStore

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Print what the script would print with the log statements that were added since it was recorded.",
    discussion: """
      Loops without a new log statement are skipped and their recorded end is restored; the others are executed again. The script runs
      with the arguments that it was recorded with.

      Examples:
        florpy replay train.py
        florpy replay --run 20260102-0304 --dry-run train.py
        florpy replay --report report.json train.py

      Exit status: the script's own; 65 where the run is damaged, 66 where there is none, 69 without a usable Python, 74 where the
      recording was interrupted and the log ends with it, 75 while it is being recorded, 76 where the program changed, 77 where the
      replay diverged from the record.
      """)

  @OptionGroup var storeOption: StoreOption

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The run, or the beginning of its name. (default: the script's latest)", valueName: "RUN"))
  var chosenRun: String?

  @Option(help: ArgumentHelp("The interpreter. (default: that of $VIRTUAL_ENV, or python3 on PATH)", valueName: "PATH"))
  var python: String?

  @Flag(help: "Print the plan and stop.")
  var dryRun = false

  @Flag(help: "Print the plan as JSON; only with --dry-run.")
  var json = false

  @Option(help: ArgumentHelp("Write what was restored and executed, and why, as JSON.", valueName: "FILE"))
  var report: String?

  @Option(help: ArgumentHelp("Restore no checkpoint after this one: execute everything from there, and compare.", valueName: "N"))
  var restoreUntil: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("How many workers to use; this version uses one.", valueName: "N"))
  var jobs: Int?

  @Option(help: ArgumentHelp("A package outside the script's folder that was recorded as well.", valueName: "PACKAGE"))
  var include: [String] = []

  @Option(help: ArgumentHelp("A package of the script's folder that was left alone.", valueName: "PACKAGE"))
  var exclude: [String] = []

  @Flag(help: "Let the script write its files for good. (default: what it writes stays in the replay's own folder)")
  var allowWrites = false

  @Flag(help: "Say on stderr what florpy does.")
  var verbose = false

  @Flag(name: .customShort("m"), help: "SCRIPT is a module's name.")
  var module = false

  @Argument(help: "The script, as it was recorded.")
  var script: String

  func validate() throws {
    guard !json || dryRun else { throw ValidationError("`--json` is for `--dry-run`; `--report FILE` writes a replay's report") }
  }

  func run() throws {
    do {
      try Console.reportingFailures { try replay() }
    } catch let error as LaunchError {
      try Console.report("error: \(error.message)", hint: error.hint)
      throw ExitCode(error.code.rawValue)
    } catch let error as ReplayError {
      try Console.report("error: \(error.message)", hint: error.hint)
      throw ExitCode(error.code.rawValue)
    } catch let error where error is CocoaError || error is DecodingError {
      try Console.report("error: the replay failed: \(error)", hint: "`florpy verify` tells whether the run is whole")
      throw ExitCode(ReplayError.Code.workerFailed.rawValue)
    }
  }

  private func replay() throws {
    let store = try openStore()
    let selection = RunSelection(store: store, headers: Headers(store: store))
    let directory =
      try chosenRun.map(selection.run(named:))
      ?? selection.latest(script: script, absolutePath: absolute(script)) { run, error in
        try Console.report("warning: run \(run) cannot be read and is left out: \(error)")
      }
    let header = try RunFiles(store: store, run: directory).header()
    let reportPath = report.map(absolute)
    let replay = try Replay(
      of: directory, header, store: store, python: try PythonLocator().installation(python), include: include, exclude: exclude,
      restoreUntil: restoreUntil, allowWrites: allowWrites)
    let plan = try replay.plan()
    try announce(plan, of: directory)
    if dryRun { return try show(plan) }
    let (report, status) = try replay.execute(plan)
    if let reportPath { try write(report, to: reportPath) }
    try conclude(report)
    guard report.divergences.isEmpty else { throw ExitCode(77) }
    if let end = report.endedAfter { throw ReplayError.recordEnded(report.run, end) }
    status.mirror()
  }

  private struct Headers: HeaderReading {
    let store: RunStore
    func header(of run: RunDirectory) throws(StoreError) -> RunHeader { try RunFiles(store: store, run: run).header() }
  }

  /// The store beside the script comes before one upwards of the current folder.
  private func openStore() throws -> RunStore {
    if storeOption.path != nil || module { return try storeOption.open() }
    guard FileManager.default.fileExists(atPath: script) else { throw LaunchError.noSuchScript(script) }
    let folder = absolute(script).split(separator: "/").dropLast().joined(separator: "/")
    return try RunStore.nearest(to: "/" + folder)
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private var speaks: Bool { verbose || isatty(STDERR_FILENO) == 1 }

  private func announce(_ plan: PlanFile, of run: RunDirectory) throws {
    for difference in plan.machine { try Console.report("warning: \(difference)") }
    for caution in plan.cautions { try Console.report("warning: \(caution)") }
    guard speaks, !dryRun else { return }
    try Console.report("florpy: replaying run \(run.run), \(plan.probes.count) probes, \(plan.mustRun.count) loops to execute")
  }

  private func show(_ plan: PlanFile) throws {
    if json { return try Console.print(json: plan) }
    for probe in plan.probes { try Console.print("probe    \(probe.path):\(probe.line)  \(probe.text)") }
    for site in plan.mustRun { try Console.print("execute  \(site.path) loop \(site.ordinal)  \(site.reason)") }
    try Console.print("Every other loop is restored where it has a checkpoint.")
  }

  private func conclude(_ report: ReplayReport) throws {
    for damage in report.damages { try Console.report("warning: run \(report.run): \(damage)") }
    for divergence in report.divergences {
      try Console.report(
        """
        divergence at \(divergence.position): \(divergence.what) differs
          recorded: \(divergence.recorded)
          replayed: \(divergence.replayed)
        """)
    }
    guard speaks else { return }
    for note in report.notes { try Console.report("note: \(note)") }
    let restored = report.loops.reduce(0) { $0 + $1.restored }
    let executed = report.loops.reduce(0) { $0 + $1.executed }
    try Console.report(
      "florpy: \(restored) loop executions restored, \(executed) executed, \(Console.bytes(report.bytesRead)) read, "
        + "\(Console.seconds(report.seconds)) s")
  }

  private func write(_ report: ReplayReport, to path: String) throws {
    do {
      try Console.json(report).write(to: URL(filePath: path))
    } catch {
      throw ReplayError.cannotCreate(path)
    }
  }
}
