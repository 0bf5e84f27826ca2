import CPython
public import Interpreter
import Restoring
import RunModel
import RunStore

/// Restoring as the worker's process sees it: each function of `_flor` forwards to the `CheckpointReader`.
public final class ReplayScriptSession: ScriptSession {
  private let reader: CheckpointReader

  public init(store: String, run: String) throws {
    guard let run = RunID(run) else { throw InvalidRun(text: run) }
    let store = RunStore(path: store)
    reader = try CheckpointReader(store.directory(of: run), in: store)
  }

  public func register(into module: BuiltinModule) {
    MemoryFunctions.register(into: module)
    IsolationFunctions.register(into: module)
    module.add("checkpoints") { [unowned self] _ in
      try .list(reader.checkpoints.map { try .tuple([PythonObject($0.number), PythonObject($0.manifest.positionJSON)]) })
    }
    module.add("checkpoint_bytes") { [unowned self] arguments in
      try PythonObject(try reader.manifest(try arguments.int(0)).leaves.reduce(0) { $0 + $1.byteCount })
    }
    module.add("damages") { [unowned self] _ in try .list(reader.damages.map { try PythonObject("\($0)") }) }
    module.add("graph") { [unowned self] arguments in
      try reader.readGraph(try arguments.int(0)).withUnsafeBytes { try PythonObject(bytes: $0) }
    }
    module.add("leaf_hashes") { [unowned self] arguments in
      try .list(try leaves(try arguments.int(0)).map { try PythonObject($0.hash.hex) })
    }
    module.add("read_leaf") { [unowned self] arguments in
      let leaf = try leaves(try arguments.int(0))[try arguments.int(1)]
      return try reader.bytes(of: leaf).withUnsafeBytes { try PythonObject(bytes: $0) }
    }
    module.add("load") { [unowned self] arguments in
      try PythonObject(try load(checkpoint: arguments.int(0), targets: arguments[1]))
    }
  }

  /// The leaves as the graph numbers them: the manifest's first is the graph itself.
  private func leaves(_ checkpoint: Int) throws -> ArraySlice<LeafRecord>.SubSequence {
    let leaves = try reader.manifest(checkpoint).leaves.dropFirst()
    return ArraySlice(Array(leaves))
  }

  /// Loads leaves to addresses, all verified before the first is written; returns how many bytes that were.
  private func load(checkpoint: Int, targets: PythonObject) throws -> Int {
    let leaves = try leaves(checkpoint)
    var pairs: [(LeafRecord, UnsafeMutableRawPointer)] = []
    for index in 0..<(try targets.count()) {
      let target = try targets.item(index)
      let leaf = leaves[try target.item(0).int()]
      guard leaf.byteCount > 0 else { continue }
      guard let address = UnsafeMutableRawPointer(bitPattern: try target.item(1).int()) else {
        throw MemoryError(byteCount: leaf.byteCount)
      }
      pairs.append((leaf, address))
    }
    let loading = pairs
    try detached { [reader] in try reader.load(leaves: loading) }
    return pairs.reduce(0) { $0 + $1.0.byteCount }
  }

  public func finish(status: Int32) { _ = ProcessLog.close() }
}
