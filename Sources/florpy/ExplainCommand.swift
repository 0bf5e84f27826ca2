import ArgumentParser
import RunStore

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain what a recording did at each loop, and why: checkpoints, what they hold, what cannot be skipped.",
    discussion: """
      For each loop: how often it ran and how long it took, how many checkpoints were taken at its end and why no more were, \
      whether a replay can skip it, and which objects of the program the checkpoints' bytes belong to. An object is named as the \
      program would name it; one that is large and was found changed is `volatile`, and is copied every time.

      Examples:
        florpy explain train.py
        florpy explain train.py --run 20260102-0304
        florpy explain -m package.train --json

      Exits with 66 where there is no such script or run, with 65 where the run is damaged.
      """)

  @OptionGroup var recorded: ScriptRun

  @Flag(name: .long, help: "Print JSON, with every owner of bytes.")
  var json = false

  func run() throws {
    try ScriptRun.reportingFailures {
      let (run, store) = try recorded.select()
      let explanation = try Explanation(of: run, in: store)
      if json { return try Console.print(json: explanation) }
      try Console.print(ExplanationText(explanation: explanation).text)
    }
  }
}
