import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every byte of a run and check that it is what was recorded.",
    discussion: """
      Names each invariant of docs/run-format.md that does not hold, by its number. Exits with 65 where there is one, with 66 \
      where there is no such run.
      """)

  @Argument(help: ArgumentHelp("A unique beginning of the run's name, or `latest`. (default: all runs)", valueName: "RUN"))
  var reference: String?

  @OptionGroup var storeOption: StoreOption

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    var verdicts: [Verdict] = []
    try Console.reportingFailures {
      let store = try storeOption.open()
      // Says what there is to say about a store without runs.
      _ = try store.run("latest")
      let runs = try reference.map { [try store.run($0)] } ?? store.runIDs().map(store.directory(of:))
      verdicts = runs.map { Verdict(run: $0.run.text, RunChecker($0, in: store, decoder: JSONRecords()).check()) }
      if json {
        try Console.print(json: verdicts)
      } else {
        try Console.print(verdicts.map(\.text).joined(separator: "\n"))
      }
    }
    if !verdicts.allSatisfy(\.sound) { throw Console.Status.damaged }
  }
}

/// What `florpy verify` says of a run.
private struct Verdict: Encodable {
  var run: String
  var sound: Bool
  var checkpoints: Int
  var leaves: Int
  var bytes: Int
  var findings: [CheckReport.Finding]
  var leavings: [String]

  init(run: String, _ report: CheckReport) {
    self.run = run
    sound = report.isSound
    (checkpoints, leaves, bytes) = (report.checkpoints, report.leaves, report.byteCount)
    (findings, leavings) = (report.findings, report.leavings)
  }

  var text: String {
    if leavings == ["."] { return "\(run): never began" }
    let counts = "\(checkpoints) checkpoints, \(leaves) leaves, \(Console.bytes(bytes))"
    var lines = ["\(run): \(sound ? "sound" : "damaged"), \(counts)"]
    lines += findings.map { "  invariant \($0.invariant): \($0.path): \($0.message)" }
    lines += leavings.map { "  left by a crash: \($0)" }
    return lines.joined(separator: "\n")
  }
}
