import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs of a store, the latest first.",
    discussion: """
      A condition is a name, one of = != < <= > >= ~ (contains), and a value. A name is a field of the JSON that `--json` prints, an \
      argument of the script (`--lr 0.1` and `lr=0.1` have the name `lr`), or a logged value, of which the last one counts. What is \
      both a field and another thing is the field; `argument:NAME` and `logged:NAME` say which is meant.

      Examples:
        florpy runs --where status=finished --where 'lr>=0.01' --sort -accuracy --last 10
        florpy runs --script train.py --show lr --show loss
        florpy runs --json

      Exits with 64 for a condition that makes no sense, with 66 where there is no store or no run.
      """)

  @OptionGroup var storeOption: StoreOption

  @Option(name: .long, help: ArgumentHelp("Only runs of this script: its path, or the end of it.", valueName: "NAME"))
  var script: String?

  @Option(name: .long, help: ArgumentHelp("Only runs for which this holds; of several, all.", valueName: "CONDITION"))
  var `where`: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Sort by this, the lowest first; `-NAME`: the highest first.", valueName: "NAME"))
  var sort: String?

  @Option(name: .long, help: ArgumentHelp("Tell this of each run as well.", valueName: "NAME"))
  var show: [String] = []

  @Option(name: .long, help: ArgumentHelp("At most so many: of the sorted runs the first.", valueName: "N"))
  var last: Int?

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func validate() throws {
    if let last, last < 1 { throw ValidationError("`--last` takes a number from 1 on") }
  }

  func run() throws {
    try Console.reportingFailures {
      let query = RunQuery(
        script: script, conditions: try `where`.map(RunCondition.init), order: sort.map(RunOrder.init), limit: last, keys: show)
      let store = try storeOption.open()
      // Says what there is to say about a store without runs.
      _ = try store.run("latest")
      let runs = try Catalogue.read(store) { try $0.runs(query) }
      if json { return try Console.print(json: runs.map(JSONRun.init)) }
      guard !runs.isEmpty else {
        throw StoreError.notFound(
          "There is no such run in the store `\(store.path)`", path: store.path,
          hint: "`florpy runs` without `--script` and `--where` lists all")
      }
      try Console.print(table(runs))
      for run in runs {
        if let problem = run.summary.problem { try Console.report("warning: \(run.summary.run): \(problem)") }
      }
    }
  }

  private func table(_ runs: [FoundRun]) -> String {
    let header = ["RUN", "SCRIPT", "STARTED (UTC)", "STATUS", "SECONDS", "CHECKPOINTS", "SIZE"] + show.map { $0.uppercased() }
    let rows = runs.map { run in run.summary.cells + show.map { run.values[$0]?.text ?? "-" } }
    return Console.table(header, rows, right: Set(4..<header.count))
  }
}

/// A run with what else was asked for, as one JSON object.
private struct JSONRun: Encodable {
  let run: FoundRun

  private enum CodingKeys: String, CodingKey { case values }

  func encode(to encoder: any Encoder) throws {
    try run.summary.encode(to: encoder)
    if run.values.isEmpty { return }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(run.values.mapValues(\.json), forKey: .values)
  }
}

extension RunValue {
  /// JSON has no number for what is not finite.
  fileprivate var json: JSONValue { number.flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text) }
}

extension RunSummary {
  fileprivate var cells: [String] {
    let time = started.map { String($0.prefix(19)).replacing("T", with: " ") }
    let name = module.map { "-m \($0)" } ?? script.map { String($0.split(separator: "/").last ?? "") }
    let outcome = status == .failed ? "failed (exit \(exit ?? 1))" : status.rawValue
    return [
      run, name ?? "-", time ?? "-", outcome, seconds.map(Console.seconds) ?? "-", checkpoints.map(String.init) ?? "-",
      bytes.map(Console.bytes) ?? "-",
    ]
  }
}
