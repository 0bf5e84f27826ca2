import ArgumentParser
import Launching

@main
struct Florpy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "florpy",
    abstract: "Record a PyTorch training script once; add log statements afterwards; get what they would have printed.",
    discussion: """
      Examples:
        florpy record train.py --epochs 20     run the script as `python train.py --epochs 20` would, and keep its state
        florpy record -m package.train         the same for a module
        florpy record --python .venv/bin/python train.py
      """,
    version: "florpy 0.1.0",
    subcommands: [
      RecordCommand.self, ReplayCommand.self, DebugCommand.self, ResumeCommand.self, RunsCommand.self, LogsCommand.self,
      CompareCommand.self, PlotCommand.self, ExportCommand.self, ShowCommand.self, ExplainCommand.self, VerifyCommand.self,
      RemoveCommand.self, CollectCommand.self, ReindexCommand.self,
    ])

  /// A process that a supervisor started is the host of a script; its arguments are the script's and none of ours.
  static func main() {
    HostCommand.runIfAsked()
    _ = StandardStreams.atStart
    main(nil)
  }
}
