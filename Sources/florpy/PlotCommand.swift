import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Plot what was logged in a run, in the terminal or into a file.",
    discussion: """
      One chart a name, over the steps that were given with the values, else over their own numbers. With `--output` the file is drawn \
      by the matplotlib of your Python, in the format of its name; hindsight is dashed.

      Examples:
        florpy plot latest loss
        florpy plot latest 'loss*' accuracy --output curves.svg
        florpy plot latest loss --with 20260102 --output both.png

      Exits with 66 where there is no such run or name, with 69 without a Python that has matplotlib.
      """)

  @Argument(help: ArgumentHelp("A unique beginning of the run's name, or `latest`.", valueName: "RUN"))
  var reference: String

  @Argument(help: ArgumentHelp("What to plot; may have `*` and `?`. (default: everything that has numbers)", valueName: "NAMES"))
  var names: [String] = []

  @OptionGroup var storeOption: StoreOption

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the picture goes: PNG, SVG, PDF.", valueName: "FILE"))
  var output: String?

  @Option(name: .customLong("with"), help: ArgumentHelp("Another run in the same charts; with --output.", valueName: "RUN"))
  var others: [String] = []

  @OptionGroup var python: PythonOption

  @Option(name: .long, help: "How wide the charts in the terminal are, in characters. (default: as wide as it)")
  var width: Int?

  func validate() throws {
    if output == nil, !others.isEmpty { throw ValidationError("`--with` goes with `--output`") }
    if let width, width < 20 { throw ValidationError("`--width` takes a number from 20 on") }
  }

  func run() throws {
    try ScriptRun.reportingFailures {
      let store = try storeOption.open()
      let runs = try ([reference] + others).map { reference throws(StoreError) in try store.run(reference) }
      if let output {
        let chosen = runs.flatMap { ["--run", $0.run.text] }
        try python.run("flor.reading.plotting", ["--store", store.path, "--output", output] + chosen + ["--"] + names)
      }
      let curves = try Catalogue.read(store) { try $0.log(of: runs[0].run, names: names).curves }
      guard !curves.isEmpty else { throw CatalogueError.nothingToPlot(runs[0].run) }
      let charts = curves.map { TerminalChart($0, width: width ?? Console.width).text }
      try Console.print(charts.joined(separator: "\n\n"))
    }
  }
}
