import ArgumentParser
import Catalogue
import FoundationEssentials
import Launching
import Replaying
import RunModel
import RunStore

/// A script, and the run of it that is meant.
struct ScriptRun: ParsableArguments {
  @OptionGroup var storeOption: StoreOption

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The run, or the beginning of its name. (default: the script's latest)", valueName: "RUN"))
  var chosenRun: String?

  @Flag(name: .customShort("m"), help: "SCRIPT is a module's name.")
  var module = false

  @Argument(help: "The script, as it was recorded.")
  var script: String

  /// The run, and the store that it is in.
  func select() throws -> (RunDirectory, RunStore) {
    let store = try Self.openStore(of: script, isModule: module, storeOption)
    guard let chosenRun else { return (try Self.latest(of: script, in: store), store) }
    return (try RunSelection(store: store, headers: StoredHeaders(store: store)).run(named: chosenRun), store)
  }

  static func latest(of script: String, in store: RunStore) throws -> RunDirectory {
    let selection = RunSelection(store: store, headers: StoredHeaders(store: store))
    return try selection.latest(script: script, absolutePath: absolute(script)) { run, error in
      try Console.report("warning: run \(run) cannot be read and is left out: \(error)")
    }
  }

  /// The store beside the script comes before one upwards of the current folder.
  static func openStore(of script: String, isModule: Bool, _ storeOption: StoreOption) throws -> RunStore {
    if storeOption.path != nil || isModule { return try storeOption.open() }
    guard FileManager.default.fileExists(atPath: script) else { throw LaunchError.noSuchScript(script) }
    let folder = absolute(script).split(separator: "/").dropLast().joined(separator: "/")
    return try RunStore.nearest(to: "/" + folder)
  }

  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  /// Runs a command's body; what went wrong with a run, or with what starts processes, becomes a message and an exit status.
  static func reportingFailures(_ body: () throws -> Void) throws {
    do {
      try Console.reportingFailures(body)
    } catch let error as LaunchError {
      try Console.report("error: \(error.message)", hint: error.hint)
      throw ExitCode(error.code.rawValue)
    } catch let error as ReplayError {
      try Console.report("error: \(error.message)", hint: error.hint)
      throw ExitCode(error.code.rawValue)
    }
  }
}

struct StoredHeaders: HeaderReading {
  let store: RunStore
  func header(of run: RunDirectory) throws(StoreError) -> RunHeader { try RunFiles(store: store, run: run).header() }
}
