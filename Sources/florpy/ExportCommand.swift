import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write what was logged for another tool: TensorBoard, MLflow, Parquet.",
    discussion: """
      `parquet` is one file, the table that `flor.dataframe` gives; `tensorboard` a folder a run with its events; `mlflow` a run of \
      MLflow for each run, in the experiment `florpy` of a tracking store: a folder, `FILE.db` or a URI. Hindsight is marked. Each is \
      written by its own library, from your Python.

      Examples:
        florpy export parquet --output log.parquet
        florpy export tensorboard latest --output events
        florpy export mlflow 20260102 latest --output mlruns.db --name loss --name 'acc*'

      Exits with 66 where there is no such run or name, with 69 without a Python that has the library.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case parquet, tensorboard, mlflow }

  @Argument(help: "The tool.")
  var format: Format

  @Argument(
    help: ArgumentHelp("Unique beginnings of the runs' names, or `latest`. (default: all runs)", valueName: "RUN"))
  var references: [String] = []

  @OptionGroup var storeOption: StoreOption

  @Option(name: .shortAndLong, help: ArgumentHelp("Where it goes.", valueName: "PATH"))
  var output: String

  @Option(name: .long, help: ArgumentHelp("Only what was logged under this name.", valueName: "NAME"))
  var name: [String] = []

  @OptionGroup var python: PythonOption

  func run() throws {
    try ScriptRun.reportingFailures {
      let store = try storeOption.open()
      let runs = try references.map { reference throws(StoreError) in try store.run(reference) }
      let chosen = runs.flatMap { ["--run", $0.run.text] }
      try python.run(
        "flor.reading.exporting", ["--store", store.path, "--output", output] + chosen + ["--", format.rawValue] + name)
    }
  }
}
