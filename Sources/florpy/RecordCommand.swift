import ArgumentParser
import FoundationEssentials
import Glibc
import Launching
import Replaying
import RunModel
import RunStore

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Run a script as `python SCRIPT ARGUMENTS` would, and keep what is needed to replay it.",
    usage: "florpy record [OPTIONS] SCRIPT [ARGUMENTS ...]\nflorpy record [OPTIONS] -m MODULE [ARGUMENTS ...]",
    discussion: """
      The script's output, exit status and files are those of a plain run. What follows SCRIPT belongs to the script.

      Examples:
        florpy record train.py --lr 0.1
        florpy record -m package.train --help
        florpy record --store /data/florpy --overhead 0.02 train.py
        florpy record --max-disk 20GB train.py
        florpy record --auto-resume train.py --lr 0.1    for a job that may be killed and started again

      Exit status: the script's own; 64 for a wrong command line, 66 where there is no such script, 69 without a usable Python.
      """)

  @Option(help: ArgumentHelp("The interpreter. (default: that of $VIRTUAL_ENV, or python3 on PATH)", valueName: "PATH"))
  var python: String?

  @Option(help: ArgumentHelp("Where runs are kept. (default: .flor beside the script)", valueName: "DIR"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "The share of the time that recording may take, or `unlimited`: a checkpoint after every loop of a millisecond or more.",
      valueName: "SHARE"))
  var overhead = AllowedOverhead.default

  @Flag(
    help: "Take checkpoints only where loops and calls end, and none between iterations: no replay can begin inside a loop then.")
  var onlyEnds = false

  @Option(
    help: ArgumentHelp(
      "The most that the checkpoints may take of the disk: `500MB`, `20GB`. Earlier ones are thinned out for it.", valueName: "SIZE"
    ))
  var maxDisk: ByteSize?

  @Flag(
    help: ArgumentHelp(
      "Go on with the script's latest run (`florpy resume`) if it had the same arguments and was interrupted; record a new one "
        + "otherwise."))
  var autoResume = false

  @Flag(help: "Say on stderr what florpy does.")
  var verbose = false

  @Option(help: ArgumentHelp("A package outside the script's folder whose loops are recorded as well.", valueName: "PACKAGE"))
  var include: [String] = []

  @Option(help: ArgumentHelp("A package of the script's folder that is left alone.", valueName: "PACKAGE"))
  var exclude: [String] = []

  @Flag(name: .customShort("m"), help: "SCRIPT is a module's name.")
  var module = false

  @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The script, then its own arguments.", valueName: "script"))
  var command: [String] = []

  func validate() throws {
    // The parser hands over all that it does not know, its own `--help` included.
    if ["-h", "--help"].contains(command.first) { throw CleanExit.helpRequest(self) }
    guard let first = scriptAndArguments.first else { throw ValidationError("no script was given") }
    guard !first.hasPrefix("-") || command.first == "--" else {
      throw ValidationError("unknown option `\(first)` before the script")
    }
  }

  private var scriptAndArguments: ArraySlice<String> { command.first == "--" ? command.dropFirst() : command[...] }

  func run() throws {
    try ScriptRun.reportingFailures {
      let script = try RecordedScript(scriptAndArguments.first ?? "", isModule: module)
      try (resumed(script) ?? record(script)).mirror()
    }
  }

  /// Nil where there is nothing to go on with.
  private func resumed(_ script: RecordedScript) throws -> ExitStatus? {
    guard autoResume else { return nil }
    let options = Resumption.Options(
      include: include, exclude: exclude, overhead: overhead.share, isThrifty: overhead.isDefault, onlyEnds: onlyEnds,
      diskLimit: maxDisk?.count)
    let found = try AutomaticResume.resumption(
      of: script, arguments: Array(scriptAndArguments.dropFirst()), in: RecordSettings.store(self, script), options: options
    ) { error in
      if speaks { try Console.report("warning: a new run is recorded, for the latest cannot be resumed: \(error.message)") }
    }
    guard let found else { return nil }
    if speaks { try Console.report(found.announcement) }
    return try found.execute(with: try PythonLocator().installation(python))
  }

  private func record(_ script: RecordedScript) throws -> ExitStatus {
    let settings = try RecordSettings(self, script)
    let configuration = HostConfiguration(
      python: try PythonLocator().installation(python), mode: "record", settings: try settings.json(),
      arguments: (module ? [Array("-m".utf8)] : []) + CommandLine.lastArguments(scriptAndArguments.count))
    try announce(settings)
    let status = try ScriptProcess.run(configuration, outputFolder: "\(settings.store)/runs/\(settings.run)")
    try conclude(settings)
    return status
  }

  private var speaks: Bool { Console.speaks(verbose: verbose) }

  private func conclude(_ settings: RecordSettings) throws {
    guard speaks, settings.isStoreWritable else { return }
    let words = (module ? ["-m"] : []) + [scriptAndArguments.first ?? ""]
    do {
      try Console.report(try RecordSummary(of: settings, words: words).text())
    } catch let error as StoreError {
      // The script's own ending is what counts.
      try Console.report("warning: \(error)", hint: error.hint)
    }
  }

  // A plain run says nothing of this kind: only who asked, or who watches, is told.
  private func announce(_ settings: RecordSettings) throws {
    guard speaks else { return }
    if !settings.isStoreWritable {
      try Console.report(
        "warning: nothing will be recorded: cannot write to the store `\(settings.store)`",
        hint: "choose another with `--store DIR`")
    } else if verbose {
      try Console.report("florpy: recording run \(settings.run) in \(settings.store)")
    }
  }
}

extension CommandLine {
  /// The last arguments, as the bytes that they are.
  fileprivate static func lastArguments(_ count: Int) -> [[UInt8]] {
    (Int(argc) - count..<Int(argc)).compactMap { index in
      unsafeArgv[index].map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
  }
}
