import ArgumentParser
import Catalogue
import RunStore

struct ReindexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex",
    abstract: "Make the catalogue of a store anew from its run folders.",
    discussion: """
      The catalogue answers `runs`, `logs`, `compare` and `flor.dataframe`. Each of them brings it up to date, and makes it anew where \
      it is missing or damaged, so that this is needed only where somebody changed what is in a run's folder.

      Examples:
        florpy reindex
        florpy reindex --store /data/florpy --json

      Exits with 66 where there is no store.
      """)

  @OptionGroup var storeOption: StoreOption

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    try Console.reportingFailures {
      let contents = try Catalogue.rebuild(try storeOption.open())
      if json { return try Console.print(json: contents) }
      try Console.print(Console.counted(contents.runs, "run"))
    }
  }
}
