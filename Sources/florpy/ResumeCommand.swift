import ArgumentParser
import Catalogue
import FoundationEssentials
import Glibc
import Launching
import Replaying
import RunModel
import RunStore

struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with a recording that was interrupted, from its newest checkpoint.",
    discussion: """
      Output, files and state are from there on what they would have been without the interruption. The script runs with the arguments
      that it was recorded with, and has to be as it was. What follows is recorded, in a run that holds the earlier one's checkpoints as
      well. Files that were written after the checkpoint are set aside in that run's folder.

      Examples:
        florpy resume train.py
        florpy resume --run 20260102-0304 train.py
        florpy resume -m package.train

      Exit status: the script's own; 65 where the run is damaged, 66 where there is nothing to go on with, 69 without a usable Python,
      75 while it is being recorded, 76 where the program changed, 77 where it does not come to the checkpoint as it did, 78 where its
      files cannot be put back.
      """)

  @OptionGroup var recorded: ScriptRun

  @Option(help: ArgumentHelp("The interpreter. (default: that of $VIRTUAL_ENV, or python3 on PATH)", valueName: "PATH"))
  var python: String?

  @Option(
    help: ArgumentHelp(
      "The share of the time that recording may take, or `unlimited`. (default: that of the interrupted run)", valueName: "SHARE"))
  var overhead: AllowedOverhead?

  @Flag(help: "Take checkpoints only where loops and calls end, and none between iterations.")
  var onlyEnds = false

  @Option(help: ArgumentHelp("The most that further checkpoints may take of the disk: `500MB`, `20GB`.", valueName: "SIZE"))
  var maxDisk: ByteSize?

  @OptionGroup var packages: PackageOptions

  @Flag(help: "Resume a run that is another user's: what is in it becomes objects of the script's process.")
  var trust = false

  @Flag(help: "Say on stderr what florpy does.")
  var verbose = false

  func run() throws {
    try ScriptRun.reportingFailures { try resume() }
  }

  private func resume() throws {
    let (run, store) = try recorded.select()
    let files = RunFiles(store: store, run: run)
    let earlier = Resumption.Earlier(header: try files.header(), end: files.end, sources: files.sources)
    let resumption = try Resumption(of: run, earlier, in: store, options: options(earlier.header), isTrusted: trust)
    let python = try PythonLocator().installation(python)
    if speaks { try Console.report(resumption.announcement) }
    try resumption.execute(with: python).mirror()
  }

  private func options(_ header: RunHeader) -> Resumption.Options {
    Resumption.Options(
      include: packages.include(header), exclude: packages.exclude(header),
      overhead: overhead.map(\.share) ?? header.overhead,
      isThrifty: overhead == nil && header.thrifty == true, onlyEnds: onlyEnds,
      diskLimit: maxDisk?.count)
  }

  private var speaks: Bool { Console.speaks(verbose: verbose) }
}
