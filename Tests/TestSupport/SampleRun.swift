public import RunModel
public import RunStore

/// A run of three checkpoints, put on disk by hand from the format's page: an oracle that shares no code with recording.
///
/// Checkpoint 2 shares a leaf of checkpoint 1, checkpoint 3 one of 2 and writes only its graph.
public struct SampleRun: Sendable {
  public let folder: TemporaryFolder
  public let store: RunStore
  public let run: RunDirectory
  public static let source = Array("for epoch in range(3):\n    step()\n".utf8)

  public init(_ name: String = "20260102-030405-00beef") throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
    guard let id = RunID(name) else { preconditionFailure("`\(name)` is no run's name.") }
    run = store.directory(of: id)
    try store.make()
    for folder in [run.path, run.sources, run.checkpoints, run.packs, run.replays] {
      try store.fileSystem.makeDirectory(folder)
    }
    try write(RunDirectory.formatLine, to: run.format)
    try write("", to: run.lock)
    try store.fileSystem.writeDurably(SealedJSON.seal(SampleJSON.header(id)), to: run.header)
    try store.fileSystem.writeDurably(Self.source, to: run.source(ContentHash(of: Self.source)))
    try write(SampleJSON.source("train.py", Self.source), to: run.sourceIndex)
    try write("", to: run.sites)
    try writeCheckpoints()
    try store.fileSystem.writeDurably(SealedJSON.seal(SampleJSON.end(checkpoints: 3, ops: 24)), to: run.end)
  }

  /// Three records of eight bytes: `t`, length 3.
  private func writeCheckpoints() throws {
    try store.fileSystem.writeDurably((1...3).flatMap { Self.record("l \($0)") }, to: run.output)
    let graphs = (1...3).map { SamplePickle.graph(root: "graph \($0)") }
    let (weights, bias) = ([UInt8](repeating: 7, count: 1000), [UInt8](repeating: 9, count: 500))
    try store.fileSystem.writeDurably(graphs[0] + weights, to: run.pack(1))
    try store.fileSystem.writeDurably(graphs[1] + bias, to: run.pack(2))
    try store.fileSystem.writeDurably(graphs[2], to: run.pack(3))
    let shared = (weights: leaf(weights, pack: 1, offset: graphs[0].count), bias: leaf(bias, pack: 2, offset: graphs[1].count))
    try writeManifest(1, [leaf(graphs[0], pack: 1, offset: 0), shared.weights])
    try writeManifest(2, [leaf(graphs[1], pack: 2, offset: 0), shared.weights, shared.bias])
    try writeManifest(3, [leaf(graphs[2], pack: 3, offset: 0), shared.bias])
  }

  public func writeManifest(_ number: Int, _ leaves: [LeafRecord], ops: Int? = nil) throws {
    let position = SampleJSON.position(checkpoint: number, ops: ops ?? number * 8)
    let manifest = CheckpointManifest(positionJSON: position, leaves: leaves)
    try store.fileSystem.writeDurably(ManifestText.encode(manifest), to: run.manifest(number))
  }

  public func check() -> CheckReport { RunChecker(run, in: store, decoder: JSONRecords()).check() }

  public func write(_ text: String, to path: String) throws {
    try store.fileSystem.writeDurably(Array(text.utf8), to: path)
  }

  /// A record of `output.ops` that writes `text` to standard output.
  public static func record(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [UInt8(ascii: "t")] + (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) } + bytes
  }

  /// Checkpoint 3 with another graph.
  public func replaceLastGraph(by graph: [UInt8]) throws {
    let manifest = try store.manifest(3, of: run)
    try store.fileSystem.writeDurably(graph, to: run.pack(3))
    try writeManifest(3, [leaf(graph, pack: 3, offset: 0)] + manifest.leaves.dropFirst())
  }

  private func leaf(_ bytes: [UInt8], pack: Int, offset: Int) -> LeafRecord {
    LeafRecord(hash: ContentHash(of: bytes), byteCount: bytes.count, pack: pack, offset: offset)
  }
}

extension SampleJSON {
  static func hash(_ bytes: [UInt8]) -> String { ContentHash(of: bytes).hex }
}
