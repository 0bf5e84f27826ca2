import ArgumentParser
import FoundationEssentials
import RunStore

/// `--store`, and what is in the store that it means.
struct StoreOption: ParsableArguments {
  @Option(
    name: .customLong("store"),
    help: ArgumentHelp("The store. (default: .flor here or in the nearest folder above)", valueName: "DIR"))
  var path: String?

  func open() throws(StoreError) -> RunStore {
    if let path { return try RunStore.existing(at: path) }
    return try RunStore.nearest(to: FileManager.default.currentDirectoryPath)
  }
}
