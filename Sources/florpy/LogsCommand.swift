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

      `--extract` finds `name: number`, `name=number`, `name number` and what tqdm shows in the recorded output, a row a line; a name \
      in front of a colon may have several words, joined by `_`. It is kept only with `--keep`.

      With `--follow` each value is printed in a line of its own as it comes, until the run ends.

      Examples:
        florpy logs latest loss accuracy
        florpy logs 20260102 'loss*' --format csv > losses.csv
        florpy logs --follow
        florpy logs latest --format parquet --output log.parquet    by the pandas and pyarrow of your Python
        florpy logs --extract                     which named numbers are in what the run has printed?
        florpy logs latest loss --extract --keep  from now on `loss` is a column like what was logged

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

  @Flag(name: .long, help: "Find the named numbers in what the run has printed, and show those instead.")
  var extract = false

  @Flag(name: .long, help: "With --extract: keep with the run what was found, as if it had been logged.")
  var keep = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where a Parquet file goes.", valueName: "FILE"))
  var output: String?

  @OptionGroup var python: PythonOption

  func validate() throws {
    guard (format == .parquet) == (output != nil) else {
      throw ValidationError("`--format parquet` and `--output FILE` go together")
    }
    if format == .parquet, follow || extract { throw ValidationError("a Parquet file is of what was logged until now") }
    if keep, !extract { throw ValidationError("`--keep` goes with `--extract`") }
    if follow, extract { throw ValidationError("`--follow` and `--extract` do not go together") }
  }

  func run() throws {
    try ScriptRun.reportingFailures {
      let store = try storeOption.open()
      let run = try store.run(reference)
      if let output {
        try python.run(
          "flor.reading.exporting", ["--store", store.path, "--output", output, "--run", run.run.text, "--", "parquet"] + names)
      }
      if follow { return try LogFollower(run, in: store, names: names, format: format).follow() }
      if extract { return try extract(from: run, in: store) }
      let table = try Catalogue.read(store) { try $0.log(of: run.run, names: names) }
      try LogText(table: table, format: format).print()
      if table.rows.isEmpty { try Console.report("nothing was logged in run \(run.run)") }
    }
  }

  private func extract(from run: RunDirectory, in store: RunStore) throws {
    let printed = try PrintedLog(of: run, in: store, names: names)
    try LogText(table: printed.table, format: format).print()
    if printed.table.rows.isEmpty { return try Console.report("no named numbers were found in what run \(run.run) has printed") }
    if !keep {
      let words = names.map { " '\($0)'" }.joined()
      return try Console.report(
        "nothing was kept",
        hint:
          "`florpy logs \(run.run)\(words) --extract --keep` puts these columns among what the run has logged; NAMES choose some of them"
      )
    }
    // A run that is at work still prints.
    guard try !RunLock.isHeld(run.lock) else { throw CatalogueError.beingRecorded(run.run) }
    try printed.keep(in: run, of: store)
    try Console.report("kept with run \(run.run): \(printed.table.names.joined(separator: ", "))")
  }
}

enum LogFormat: String, CaseIterable, ExpressibleByArgument {
  case table, csv, jsonl, parquet
}
