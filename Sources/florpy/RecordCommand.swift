import ArgumentParser
import FoundationEssentials
import Glibc
import Launching
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
  var overhead = AllowedOverhead(share: 1.0 / 15)

  @Flag(
    help: "Take checkpoints only where loops and calls end, and none between iterations: no replay can begin inside a loop then.")
  var onlyEnds = false

  @Option(
    help: ArgumentHelp(
      "The most that the checkpoints may take of the disk: `500MB`, `20GB`. Earlier ones are thinned out for it.", valueName: "SIZE"
    ))
  var maxDisk: ByteSize?

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
    do {
      try record().mirror()
    } catch let error as LaunchError {
      try Console.report("error: \(error.message)", hint: error.hint)
      throw ExitCode(error.code.rawValue)
    }
  }

  private func record() throws -> ExitStatus {
    let script = try RecordedScript(scriptAndArguments.first ?? "", isModule: module)
    let settings = try RecordSettings(self, script)
    let configuration = HostConfiguration(
      python: try PythonLocator().installation(python), mode: "record", settings: try settings.json(),
      arguments: (module ? [Array("-m".utf8)] : []) + CommandLine.lastArguments(scriptAndArguments.count))
    try announce(settings)
    let status = try ScriptProcess.run(configuration, outputFolder: "\(settings.store)/runs/\(settings.run)")
    try conclude(settings)
    return status
  }

  private var speaks: Bool { verbose || isatty(STDERR_FILENO) == 1 }

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
