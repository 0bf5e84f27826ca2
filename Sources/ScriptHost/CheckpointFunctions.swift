import CPython
import Interpreter
import Restoring
import RunModel
import RunStore

/// The functions of `_flor` that read the checkpoints of one run.
final class CheckpointFunctions {
  private let reader: CheckpointReader

  init(store: String, run: String) throws {
    guard let run = RunID(run) else { throw InvalidRun(text: run) }
    let store = RunStore(path: store)
    reader = try CheckpointReader(store.directory(of: run), in: store)
  }

  func register(into module: BuiltinModule) {
    module.add("checkpoints") { [unowned self] _ in try checkpoints() }
    module.add("checkpoint_bytes") { [unowned self] arguments in
      try PythonObject(try reader.manifest(try arguments.int(0)).leaves.reduce(0) { $0 + $1.byteCount })
    }
    module.add("damages") { [unowned self] _ in try damages() }
    module.add("graph") { [unowned self] in try graph($0) }
    module.add("leaf_hashes") { [unowned self] in try leafHashes($0) }
    module.add("read_leaf") { [unowned self] in try readLeaf($0) }
    module.add("load") { [unowned self] in try load($0) }
  }

  func checkpoints() throws -> PythonObject {
    try .list(reader.checkpoints.map { try .tuple([PythonObject($0.number), PythonObject($0.manifest.positionJSON)]) })
  }

  func damages() throws -> PythonObject { try .list(reader.damages.map { try PythonObject("\($0)") }) }

  func graph(_ arguments: PythonArguments) throws -> PythonObject {
    try reader.readGraph(try arguments.int(0)).withUnsafeBytes { try PythonObject(bytes: $0) }
  }

  func leafHashes(_ arguments: PythonArguments) throws -> PythonObject {
    try .list(try leaves(try arguments.int(0)).map { try PythonObject($0.hash.hex) })
  }

  func readLeaf(_ arguments: PythonArguments) throws -> PythonObject {
    let leaf = try leaves(try arguments.int(0))[try arguments.int(1)]
    return try reader.bytes(of: leaf).withUnsafeBytes { try PythonObject(bytes: $0) }
  }

  /// Loads leaves to addresses, all verified before the first is written; returns how many bytes that were.
  func load(_ arguments: PythonArguments) throws -> PythonObject {
    let leaves = try leaves(try arguments.int(0))
    let targets = try arguments[1]
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
    return try PythonObject(pairs.reduce(0) { $0 + $1.0.byteCount })
  }

  /// The leaves as the graph numbers them: the manifest's first is the graph itself.
  private func leaves(_ checkpoint: Int) throws -> [LeafRecord] { Array(try reader.manifest(checkpoint).leaves.dropFirst()) }
}
