import Interpreter

/// The functions of `_flor` that read checkpoints of whichever run a script restores from: that of `open_saved` until the next one.
enum SavedRuns {
  // Used with the GIL held.
  nonisolated(unsafe) private static var opened: CheckpointFunctions?

  static func register(into module: BuiltinModule) {
    module.add("open_saved") { arguments in
      opened = try CheckpointFunctions(store: try arguments.string(0), run: try arguments.string(1))
      return nil
    }
    module.add("saved_checkpoints") { _ in try run().checkpoints() }
    module.add("saved_damages") { _ in try run().damages() }
    module.add("saved_graph") { try run().graph($0) }
    module.add("saved_leaf_hashes") { try run().leafHashes($0) }
    module.add("saved_read_leaf") { try run().readLeaf($0) }
    module.add("saved_load") { try run().load($0) }
  }

  private static func run() throws -> CheckpointFunctions {
    guard let opened else { throw InvalidRun(text: "") }
    return opened
  }
}
