import Recording
import Restoring
import RunModel
import RunStore
import TestSupport

/// A small training, recorded: each epoch prints a line and changes one of two leaves.
struct SampleRecording {
  struct Epoch: Hashable {
    var graph: [UInt8]
    var leaves: [[UInt8]]
  }

  static let source = Array("for epoch in range(3): step()\n".utf8)
  static let run = RunID(secondsSince1970: 1_767_323_045, nanoseconds: 0, random: 0xBEEF)
  static let earlierRun = RunID(secondsSince1970: 1_767_000_000, nanoseconds: 0, random: 1)

  static func epoch(_ number: Int) -> Epoch {
    Epoch(
      graph: SamplePickle.graph(root: "epoch \(number)"),
      leaves: [[UInt8](repeating: 42, count: 3000), [UInt8](repeating: UInt8(number), count: 2000)])
  }

  /// Begins a run and keeps its source, as the host does.
  static func begin(_ run: RunID = run, in store: RunStore, diskLimit: Int? = nil) throws -> RecordSession {
    let session = try RecordSession.create(
      store: store, runID: run, headerJSON: SampleJSON.header(run), policy: CheckpointPolicy(overhead: .infinity),
      diskLimit: diskLimit)
    session.keepSource(ContentHash(of: source), source)
    session.append(Array(SampleJSON.source("train.py", source).utf8), to: .sources)
    return session
  }

  /// Returns the numbers that the session gave; waits for the writer after each, so that a fault always meets the same call.
  /// `first` is the number of the first epoch.
  @discardableResult
  static func record(epochs: Int, from first: Int = 1, in session: RecordSession) -> [Int?] {
    (first..<first + epochs).map { number in
      session.append(SampleRun.record("epoch \(number)\n"), to: .output)
      let taken = session.checkpoint(epoch(number), execution: number - 1)
      session.drain()
      return taken
    }
  }

  static func check(_ run: RunID = run, in store: RunStore) -> CheckReport {
    RunChecker(store.directory(of: run), in: store, decoder: JSONRecords()).check()
  }

  /// By epoch, from 1: what the committed checkpoints restore to.
  static func restored(_ run: RunID = run, in store: RunStore) throws -> [Int: Epoch] {
    try checkpoints(run, in: store) { manifest, _ in
      try JSONRecords().decode(CheckpointPosition.self, from: Array(manifest.positionJSON.utf8)).execution + 1
    }
  }

  /// The same, by the checkpoint's number or by what else is told of it.
  static func checkpoints(
    _ run: RunID = run, in store: RunStore, by key: (CheckpointManifest, Int) throws -> Int = { $1 }
  ) throws -> [Int: Epoch] {
    let reader = try CheckpointReader(store.directory(of: run), in: store)
    var found: [Int: Epoch] = [:]
    for checkpoint in reader.checkpoints {
      let leaves = try checkpoint.manifest.leaves.dropFirst().map { try reader.bytes(of: $0) }
      found[try key(checkpoint.manifest, checkpoint.number)] = Epoch(
        graph: try reader.readGraph(checkpoint.number), leaves: leaves)
    }
    return found
  }
}

extension RecordSession {
  func append(_ bytes: [UInt8], to file: File) {
    bytes.withUnsafeBytes { append($0, to: file) }
  }

  func checkpoint(_ epoch: SampleRecording.Epoch, execution: Int) -> Int? {
    let copies = epoch.leaves.map { leaf in
      let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, leaf.count), alignment: 1)
      UnsafeMutableRawBufferPointer(start: copy, count: leaf.count).copyBytes(from: leaf)
      return (copy, LiveLeaf(address: UInt(bitPattern: copy), byteCount: leaf.count, kind: .memory))
    }
    defer { for copy in copies { copy.0.deallocate() } }
    return epoch.graph.withUnsafeBytes { graph in
      checkpoint(
        headerJSON: SampleJSON.position(execution: execution, ops: byteCount(of: .output)), graph: graph,
        leaves: copies.map(\.1))
    }
  }
}
