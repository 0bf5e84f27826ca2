import ArgumentParser
import Catalogue
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
        florpy replay -j 8 train.py
        florpy replay --at epoch=7 train.py
        florpy replay --last 3 train.py
        florpy replay --from epoch=7,step=30 --to epoch=9 train.py
        florpy replay --format jsonl train.py
        florpy replay --log-level DEBUG train.py
        florpy replay --run 20260102-0304 --dry-run train.py
        florpy replay --report report.json train.py

      Exit status: the script's own; 65 where the run is damaged, 66 where there is none, 69 without a usable Python, 74 where the
      recording was interrupted and the log ends with it, 75 while it is being recorded, 76 where the program changed, 77 where the
      replay diverged from the record.
      """)

  @OptionGroup var recorded: ScriptRun

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

  @Option(
    help: ArgumentHelp(
      "Print only what this iteration prints: a loop variable with its value, or a loop's line with a number from 0. (`epoch=7`, "
        + "`epoch=7,step=30`, `12=7`, `model.py:12=7`; may be repeated)", valueName: "POSITION"))
  var at: [String] = []

  @Option(help: ArgumentHelp("Print the log from the beginning of this iteration on.", valueName: "POSITION"))
  var from: String?

  @Option(help: ArgumentHelp("Print the log to the end of this iteration.", valueName: "POSITION"))
  var to: String?

  @Option(
    help: ArgumentHelp(
      "Print only the last iterations: of the outermost loops with a probe inside, or of a loop. (`3`, `epoch=3`)", valueName: "N"))
  var last: String?

  @Option(help: ArgumentHelp("Print only so many iterations, evenly over the run. (`10`, `epoch=10`)", valueName: "N"))
  var sample: String?

  @Flag(help: "Print only what the new log statements print. Standard error stays as it is.")
  var onlyNew = false

  @Option(
    help: ArgumentHelp(
      "Print a record for each line of the new log statements and each value that they log, with where the program was then; and "
        + "nothing else. (`jsonl`, `csv`)",
      valueName: "FORMAT"), transform: Self.format)
  var format: ValueFormat?

  @Option(
    help: ArgumentHelp(
      "Also print what the module `logging` suppressed down to this level: no level that the script sets counts as a higher one. "
        + "(`DEBUG`, `INFO`, …, or a number)", valueName: "LEVEL"))
  var logLevel: LogLevel?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "How many workers to use at most. (default: as many as there are cores, or devices, and memory for)", valueName: "N"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "End a worker that neither computes nor writes for so long, and do its part once more. (default: a minute more than ten times "
        + "the longest part)", valueName: "SECONDS"))
  var hangAfter: Double?

  @OptionGroup var packages: PackageOptions

  @Flag(help: "Let the script write its files for good. (default: what it writes stays in the replay's own folder)")
  var allowWrites = false

  @Flag(help: "Replay a run that is another user's: what is in it becomes objects of the script's process.")
  var trust = false

  @Flag(help: "Say on stderr what florpy does.")
  var verbose = false

  func validate() throws {
    guard !json || dryRun else { throw ValidationError("`--json` is for `--dry-run`; `--report FILE` writes a replay's report") }
    let ways = [!at.isEmpty, from != nil || to != nil, last != nil, sample != nil]
    guard ways.count(where: \.self) <= 1 else {
      throw ValidationError("of `--at`, `--from` with `--to`, `--last` and `--sample` only one can be used")
    }
    for (name, text) in [("last", last), ("sample", sample)] where text != nil && choice == nil {
      throw ValidationError("`--\(name)` is a number, or a loop with a number: `epoch=3`")
    }
    guard choice == nil || !allowWrites else { throw ValidationError("a part of the log is replayed without `--allow-writes`") }
    guard jobs ?? 1 > 0 else { throw ValidationError("`--jobs` is a number from 1 on") }
    guard hangAfter ?? 1 > 0 else { throw ValidationError("`--hang-after` is a number of seconds") }
  }

  func run() throws {
    do {
      try ScriptRun.reportingFailures { try replay() }
    } catch let error where error is CocoaError || error is DecodingError {
      try Console.report("error: the replay failed: \(error)", hint: "`florpy verify` tells whether the run is whole")
      throw ExitCode(ReplayError.Code.workerFailed.rawValue)
    }
  }

  private var choice: LogChoice? {
    if let last { return LogChoice(last, LogChoice.Some.last) }
    if let sample { return LogChoice(sample, LogChoice.Some.evenly) }
    return LogChoice(at: at, from: from, to: to)
  }

  private static func format(_ name: String) throws -> ValueFormat {
    guard let format = ValueFormat(rawValue: name) else { throw ValidationError("it is `jsonl` or `csv`") }
    return format
  }

  private var view: LogView {
    var view = LogView()
    (view.choice, view.onlyNew, view.format, view.logLevel) = (choice, onlyNew, format, logLevel?.number)
    view.marksNew = Console.marksOnStandardOutput
    return view
  }

  private func replay() throws {
    let (directory, store) = try recorded.select()
    let header = try RunFiles(store: store, run: directory).header()
    let reportPath = report.map(ScriptRun.absolute)
    let replay = try Replay(
      of: directory, header, store: store, python: try PythonLocator().installation(python), include: packages.include(header),
      exclude: packages.exclude(header),
      restoreUntil: restoreUntil, isTrusted: trust, allowWrites: allowWrites, view: view)
    var plan = try replay.plan()
    let schedule = replay.schedule(plan, jobs: jobs)
    (plan.workers, plan.oneWorker) = (schedule.workers, replay.whyAlone(plan))
    plan.estimateSeconds = choice == nil ? schedule.estimateSeconds : nil
    try announce(plan, of: directory)
    if dryRun { return try show(plan, schedule) }
    if let heading = format?.heading { try Console.print(heading) }
    let (report, status) = try replay.execute(plan, schedule, hangAfterSeconds: hangAfter)
    if let reportPath { try write(report, to: reportPath) }
    try conclude(report)
    guard report.divergences.isEmpty else { throw ExitCode(77) }
    if let choice, report.shownParts == 0 { throw ReplayError.nothingChosen(choice) }
    if let end = report.endedAfter { throw ReplayError.recordEnded(report.run, end) }
    status.mirror()
  }

  private var speaks: Bool { Console.speaks(verbose: verbose) }

  private func announce(_ plan: PlanFile, of run: RunDirectory) throws {
    for change in plan.inputs + plan.connections { try Console.report("warning: \(change)") }
    for difference in plan.machine { try Console.report("warning: \(difference)") }
    for caution in plan.cautions { try Console.report("warning: \(caution)") }
    guard speaks, !dryRun else { return }
    try Console.report(
      "florpy: replaying run \(run.run), \(plan.probes.count) probes, \(plan.mustRun.count) loops to execute; \(plan.inWords)")
  }

  private func show(_ plan: PlanFile, _ schedule: Schedule) throws {
    if json { return try Console.print(json: plan) }
    for probe in plan.probes { try Console.print("probe    \(probe.path):\(probe.line)  \(probe.text)") }
    for site in plan.mustRun { try Console.print("execute  \(site.path) site \(site.ordinal)  \(site.reason)") }
    try Console.print("Every other loop is restored where it has a checkpoint.")
    for (number, own) in schedule.owned.enumerated() where schedule.workers > 1 {
      let seconds = own.reduce(0) { $0 + schedule.segments[$1].seconds }
      try Console.print("worker \(number + 1)  \(own.count) of \(schedule.segments.count) segments, \(Console.seconds(seconds)) s")
    }
    try Console.print("\(plan.inWords.prefix(1).uppercased())\(plan.inWords.dropFirst()).")
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
    if !report.divergences.isEmpty {
      let unknown = "none is known; does the script print the same when it is run twice?"
      for cause in report.causes.isEmpty ? [unknown] : report.causes { try Console.report("probable cause: \(cause)") }
    }
    guard speaks else { return }
    for note in report.notes { try Console.report("note: \(note)") }
    let restored = report.loops.reduce(0) { $0 + $1.restored }
    let executed = report.loops.reduce(0) { $0 + $1.executed }
    try Console.report(
      "florpy: \(restored) loop executions restored, \(executed) executed, \(Console.bytes(report.bytesRead)) read, "
        + "\(Console.seconds(report.seconds)) s" + speed(report))
  }

  private func speed(_ report: ReplayReport) -> String {
    guard let run = report.runSeconds, report.seconds > 0, report.shownParts == nil else { return "" }
    return ", \(Console.decimal(run / report.seconds, 1)) times as fast as the run"
  }

  private func write(_ report: ReplayReport, to path: String) throws {
    do {
      try Console.json(report).write(to: URL(filePath: path))
    } catch {
      throw ReplayError.cannotCreate(path)
    }
  }
}

extension PlanFile {
  /// How many workers, for how long, and why no more.
  fileprivate var inWords: String {
    let count = workers ?? 1
    let time = estimateSeconds.map { ", about \(Console.seconds($0)) s" } ?? ""
    guard count == 1, let oneWorker else { return "\(count) worker\(count == 1 ? "" : "s")\(time)" }
    return "1 worker\(time): \(oneWorker)"
  }
}
