import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs: what they were given, what they logged, and in what their sources differ.",
    discussion: """
      Of what was logged the last value is shown; with `--json` also the least and the greatest. What only a replay has logged ends in \
      `*`. Sources are compared with those of the first run.

      Examples:
        florpy compare 20260102-0304 latest
        florpy compare 20260102 20260103 20260104 --all
        florpy compare 20260102 latest --json

      Exits with 66 where there is no such run, with 65 where one is damaged.
      """)

  @Argument(help: ArgumentHelp("Unique beginnings of the runs' names, or `latest`; two or more.", valueName: "RUN"))
  var references: [String]

  @OptionGroup var storeOption: StoreOption

  @Flag(name: .long, help: "Show what is the same in all of them, too.")
  var all = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func validate() throws {
    if references.count < 2 { throw ValidationError("a comparison takes two runs or more") }
  }

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      let runs = try references.map { reference throws(StoreError) in try store.run(reference) }
      let comparison = try Catalogue.read(store) { try $0.comparison(of: runs) }
      if json { return try Console.print(json: comparison) }
      try Console.print(ComparisonText(comparison: comparison, showsAll: all).text)
    }
  }
}

/// A comparison as text: a table with a column for each run, then the differences of the sources.
private struct ComparisonText {
  let comparison: RunComparison
  let showsAll: Bool

  var text: String {
    let header = [""] + comparison.runs.map(\.run)
    let groups = [("", facts), ("arguments", arguments), ("logged", logged)]
    let rows = groups.flatMap { title, rows in
      let shown = rows.filter { showsAll || Set($0.dropFirst()).count > 1 }
      return shown.isEmpty || title.isEmpty ? shown : [[title] + comparison.runs.map { _ in "" }] + shown
    }
    let table = Console.table(header, rows, right: Set(1..<header.count))
    let sources = comparison.sources.isEmpty ? ["The sources are the same."] : comparison.sources.map(\.diff)
    return ([table] + sources).joined(separator: "\n\n")
  }

  private var facts: [[String]] {
    let facts: [(String, (RunSummary) -> String?)] = [
      ("script", { $0.module.map { "-m \($0)" } ?? $0.script }), ("started", \.started), ("status", { $0.status.rawValue }),
      ("seconds", { $0.seconds.map(Console.seconds) }), ("python", \.python), ("commit", \.commit), ("host", \.host),
    ]
    return facts.map { name, fact in [name] + comparison.runs.map { fact($0) ?? "-" } }
  }

  private var arguments: [[String]] {
    comparison.arguments.sorted { $0.key < $1.key }.map { name, values in ["  \(name)"] + values.map { $0 ?? "-" } }
  }

  private var logged: [[String]] {
    comparison.logged.sorted { $0.key < $1.key }.map { name, values in
      ["  \(name)"] + values.map { value in value.map { ($0.last ?? "-") + ($0.hindsight ? "*" : "") } ?? "-" }
    }
  }
}
