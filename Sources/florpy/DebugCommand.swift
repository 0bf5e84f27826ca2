import ArgumentParser
import Catalogue
import FoundationEssentials
import Launching
import Replaying
import RunModel
import RunStore

struct DebugCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug",
    abstract: "Go to a place of a recorded run, by default to its crash, and open a debugger there with all state live.",
    discussion: """
      The program is restored from the checkpoint before that place and executed up to it, with nothing to be seen of it. Then pdb, or
      IPython's debugger where that is installed and a terminal is there, is opened in the script's own frame. At a crash that is the
      statement that raised, before anything around it has been left. The script may have new log statements. What it writes stays out
      of its files, and the run stays as it is.

      Examples:
        florpy debug                            the crash of the latest run
        florpy debug train.py                   that of the script's latest run
        florpy debug --at epoch=7 20260102-0304
        florpy debug --at epoch=7,step=30 train.py

      Exit status: 0 where the debugger was left by `quit`, the script's own where it went on to its end; 64 where there is no such
      loop, 65 where the run is damaged, 66 where there is no crash or the program came to no such iteration, 69 without a usable
      Python, 75 while it is being recorded, 76 where the program changed, 77 where it does not come to the place as it did.
      """)

  @Argument(help: ArgumentHelp("The beginning of a run's name, `latest`, or a script.", valueName: "RUN|SCRIPT"))
  var reference = "latest"

  @Flag(name: .customShort("m"), help: "SCRIPT is a module's name.")
  var module = false

  @OptionGroup var storeOption: StoreOption

  @Option(
    help: ArgumentHelp(
      "Stop where this iteration begins: a loop variable with its value, or a loop's line with a number from 0. (`epoch=7`, "
        + "`epoch=7,step=30`, `12=7`, `model.py:12=7`)", valueName: "POSITION"))
  var at: String?

  @Flag(help: "Stop at the statement that raised the exception that ended the run. (the default)")
  var beforeCrash = false

  @Flag(help: "Open Python's own debugger, even where IPython is installed.")
  var pdb = false

  @Option(help: ArgumentHelp("The interpreter. (default: that of $VIRTUAL_ENV, or python3 on PATH)", valueName: "PATH"))
  var python: String?

  @OptionGroup var packages: PackageOptions

  @Flag(help: "Debug a run that is another user's: what is in it becomes objects of the script's process.")
  var trust = false

  func validate() throws {
    guard at == nil || !beforeCrash else { throw ValidationError("of `--at` and `--before-crash` only one can be used") }
  }

  func run() throws {
    try ScriptRun.reportingFailures {
      let (run, store) = try select()
      let files = RunFiles(store: store, run: run)
      let header = try files.header()
      if at == nil { try requireCrash(files) }
      try debug(run, header, store).mirror()
    }
  }

  private func select() throws -> (RunDirectory, RunStore) {
    guard module || reference.hasSuffix(".py") || FileManager.default.fileExists(atPath: reference) else {
      let store = try storeOption.open()
      return (try store.run(reference), store)
    }
    let store = try ScriptRun.openStore(of: reference, isModule: module, storeOption)
    return (try ScriptRun.latest(of: reference, in: store), store)
  }

  private func requireCrash(_ files: RunFiles) throws {
    if try files.crash() != nil { return }
    let end = try files.end()
    let how =
      switch try files.status(end: end) {
      case .finished: "it came to its end"
      case .recording: "it is being recorded at this moment"
      case .failed: "it ended with status \(end?.exit ?? 1), and by no exception"
      case .killed, .unreadable: "it was interrupted"
      }
    throw ReplayError.noCrash(files.run.run.text, how)
  }

  private func debug(_ run: RunDirectory, _ header: RunHeader, _ store: RunStore) throws -> ExitStatus {
    let installation = try PythonLocator().installation(python)
    let folder = try Debugging.makeFolder(in: store)
    // Nobody needs it any more; what cannot be removed is in the way of nobody.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var view = LogView()
    view.choice = at.flatMap { LogChoice(at: [$0], from: nil, to: nil) }
    let replay = try Replay(
      of: run, header, store: store, python: installation, include: packages.include(header),
      exclude: packages.exclude(header), restoreUntil: nil, isTrusted: trust,
      view: view, folder: folder)
    let plan = try replay.plan()
    for caution in plan.inputs + plan.connections + plan.machine + plan.cautions { try Console.report("warning: \(caution)") }
    return try Debugging(replay, prefersPdb: pdb).execute()
  }
}
