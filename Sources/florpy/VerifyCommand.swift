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

      With --repair, what is damaged is moved into the run's folder `damaged`, so that the rest is sound: checkpoints with the packs \
      that only they need, sources (which come back from the project where they are still the same), the run's end. Nothing is \
      deleted. Exits with 0 where nothing is left to complain of, with 75 where the run is in use.

      Examples:
        florpy verify
        florpy verify 20260102 --repair
      """)

  @Argument(help: ArgumentHelp("A unique beginning of the run's name, or `latest`. (default: all runs)", valueName: "RUN"))
  var reference: String?

  @OptionGroup var storeOption: StoreOption

  @Flag(help: "Move what is damaged aside.")
  var repair = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    var verdicts: [Verdict] = []
    try Console.reportingFailures {
      let store = try storeOption.open()
      // Says what there is to say about a store without runs.
      _ = try store.run("latest")
      let runs = try reference.map { [try store.run($0)] } ?? store.runIDs().map(store.directory(of:))
      verdicts = try runs.map { try verdict(on: $0, in: store) }
      if json {
        try Console.print(json: verdicts)
      } else {
        try Console.print(verdicts.map(\.text).joined(separator: "\n"))
      }
    }
    if !verdicts.allSatisfy(\.sound) { throw Console.Status.damaged }
  }

  private func verdict(on run: RunDirectory, in store: RunStore) throws(StoreError) -> Verdict {
    let checker = RunChecker(run, in: store, decoder: JSONRecords())
    let report = checker.check()
    guard repair, !report.isSound else { return Verdict(run: run.run.text, report) }
    guard let lock = try RunLock(trying: run.lock, shared: false) else { throw .inUse(run) }
    defer { lock.release() }
    var repair = RunRepair(run, in: store, decoder: JSONRecords())
    try repair.repair(report)
    var verdict = Verdict(run: run.run.text, checker.check())
    (verdict.moved, verdict.restored) = (repair.moved, repair.restored)
    return verdict
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
  /// By a repair: what was moved aside, and what was written anew.
  var moved: [String] = []
  var restored: [String] = []

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
    lines += moved.map { "  moved into `damaged`: \($0)" }
    lines += restored.map { "  restored from the project: \($0)" }
    lines += leavings.map { "  left by a crash: \($0)" }
    return lines.joined(separator: "\n")
  }
}
