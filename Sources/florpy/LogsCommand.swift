import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct LogsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Print what was logged in a run, one row a position.",
    discussion: """
      Hindsight, which replays have logged, lies in the same columns: a cell of the table ends in `*`, and the column `hindsight` of \
      the other formats has the names that are. A loop has a column with its iteration, from 0, and `NAME_value` with what was \
      iterated over, where that says more.

      With `--follow` each value is printed in a line of its own as it comes, until the run ends.

      Examples:
        florpy logs latest loss accuracy
        florpy logs 20260102 'loss*' --format csv > losses.csv
        florpy logs --follow
        florpy logs --format parquet --output log.parquet

      Exits with 66 where there is no such run or name, with 65 where the run is damaged.
      """)

  @Argument(help: ArgumentHelp("A unique beginning of the run's name, or `latest`.", valueName: "RUN"))
  var reference = "latest"

  @Argument(help: ArgumentHelp("What to print; may have `*` and `?`. (default: everything)", valueName: "NAMES"))
  var names: [String] = []

  @OptionGroup var storeOption: StoreOption

  @Option(name: .long, help: "How to print it.")
  var format = LogFormat.table

  @Flag(name: .long, help: "Go on as long as the run does.")
  var follow = false

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      let run = try store.run(reference)
      if follow { return try LogFollower(run, in: store, names: names, format: format).follow() }
      let table = try Catalogue.read(store) { try $0.log(of: run.run, names: names) }
      try LogText(table: table, format: format).print()
      if table.rows.isEmpty { try Console.report("nothing was logged in run \(run.run)") }
    }
  }
}

enum LogFormat: String, CaseIterable, ExpressibleByArgument {
  case table, csv, jsonl
}
