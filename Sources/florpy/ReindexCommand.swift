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

  @Flag(name: .long, help: "Only read what is new, as every command does that asks the catalogue.")
  var update = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      if update, json {
        // For programs that read the catalogue themselves: nothing is counted.
        return try Console.print(json: ["catalogue": Catalogue.read(store) { _ in Catalogue.path(in: store) }])
      }
      let contents = try update ? Catalogue.read(store) { try $0.contents() } : Catalogue.rebuild(store)
      if json { return try Console.print(json: contents) }
      try Console.print("\(Console.counted(contents.runs, "run")), \(Console.counted(contents.values, "logged value"))")
    }
  }
}
