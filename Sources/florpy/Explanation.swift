import Catalogue
import RunModel
import RunStore
import StateGraph

/// What a run says about its sites: what happened there, why, and what its checkpoints hold.
struct Explanation: Encodable {
  struct Site: Encodable {
    var path: String
    var line: Int
    var function: String
    var kind: String
    var statement: String?
    var executions: Int
    var seconds: Double
    var checkpoints: Int
    /// How many of them lie between two iterations.
    var boundaryCheckpoints: Int
    /// Why there are none, or no further ones; nil where nothing stood in the way.
    var boundaryReason: String?
    /// Executions at whose end none was taken, by reason; nil where the run does not say.
    var passedOver: [String: Int]?
    var skippable: Bool
    /// Why it is left alone, or cannot be skipped.
    var reason: String?
    /// What its checkpoints were the first to need.
    var writtenBytes: Int
    /// What the last of them holds.
    var stateBytes: Int
    var owners: [Owner]

    enum CodingKeys: String, CodingKey {
      case path, line, function, kind, statement, executions, seconds, checkpoints, skippable, reason, owners
      case passedOver = "passed_over"
      case boundaryCheckpoints = "boundary_checkpoints"
      case boundaryReason = "boundary_reason"
      case writtenBytes = "written_bytes"
      case stateBytes = "state_bytes"
    }
  }

  /// An object of the program with bytes of its own, in the checkpoints of one site.
  struct Owner: Encodable, Hashable {
    /// Its path; nil: everything that is no buffer.
    var path: String?
    /// In the last checkpoint that holds it.
    var bytes = 0
    /// What was written of it, in all checkpoints.
    var writtenBytes = 0
    var isVolatile = false

    enum CodingKeys: String, CodingKey {
      case path, bytes
      case writtenBytes = "written_bytes"
      case isVolatile = "volatile"
    }
  }

  var run: String
  var script: String
  var status: RunFiles.Status
  var seconds: Double?
  var lostSeconds: Double?
  /// The share that was allowed; nil: any.
  var overhead: Double?
  var sites: [Site]

  enum CodingKeys: String, CodingKey {
    case run, script, status, seconds, overhead, sites
    case lostSeconds = "lost_seconds"
  }
}

extension Explanation {
  /// Reads manifests and graphs; nothing is unpickled.
  init(of run: RunDirectory, in store: RunStore) throws(StoreError) {
    let files = RunFiles(store: store, run: run)
    let header = try files.header()
    let end = try files.end()
    var contents: [LoopSite: SiteContents] = [:]
    var lastPosition: CheckpointPosition?
    for number in try store.checkpoints(of: run) {
      let manifest = try store.manifest(number, of: run)
      let position = try files.position(of: manifest, number: number)
      try contents[position.site, default: SiteContents()].add(number, manifest, position, run, store)
      lastPosition = position
    }
    let statistics = end?.statistics ?? lastPosition?.statistics ?? []
    let known = Dictionary(statistics.map { ($0.site, $0) }) { _, later in later }
    self.run = run.run.text
    script = header.module.map { "-m \($0)" } ?? header.script
    status = try files.status(end: end)
    (seconds, lostSeconds, overhead) = (end?.seconds, end?.lostSeconds, header.overhead)
    sites = try files.sites().filter { $0.isOfInterest(known[$0.site]) }.map {
      Site($0, known[$0.site], contents[$0.site] ?? SiteContents())
    }
  }
}

extension Explanation.Site {
  fileprivate init(_ record: SiteRecord, _ known: SiteStatistics?, _ contents: SiteContents) {
    (path, line, function) = (record.path, record.line, record.function)
    (kind, statement) = (record.kind.rawValue, record.statement)
    (executions, seconds) = (known?.executions ?? 0, known?.seconds ?? 0)
    (checkpoints, boundaryCheckpoints) = (contents.checkpoints, contents.boundaryCheckpoints)
    boundaryReason = known?.boundaryReason
    passedOver = known?.passedOver
    skippable = record.refusal == nil && known?.skippable ?? true
    reason = record.refusal ?? known?.reason
    owners = contents.owners.values.sorted {
      ($0.writtenBytes, $0.bytes, $1.path ?? "") > ($1.writtenBytes, $1.bytes, $0.path ?? "")
    }
    writtenBytes = owners.reduce(0) { $0 + $1.writtenBytes }
    stateBytes = contents.stateBytes
  }
}

/// What the checkpoints of one site hold, by owner.
private struct SiteContents {
  var checkpoints = 0
  var boundaryCheckpoints = 0
  var stateBytes = 0
  var owners: [String?: Explanation.Owner] = [:]

  mutating func add(
    _ number: Int, _ manifest: CheckpointManifest, _ position: CheckpointPosition, _ run: RunDirectory, _ store: RunStore
  ) throws(StoreError) {
    guard let graph = manifest.graph else { return }
    let paths = try store.graph(of: number, leaf: graph, in: run).leafOwners()
    var isCounted: Set<LeafRecord> = []
    var present: [String?: Int] = [:]
    for (index, leaf) in manifest.leaves.enumerated() {
      let path = index == 0 ? nil : paths[index - 1] ?? "an object"
      present[path, default: 0] += leaf.byteCount
      var owner = owners[path] ?? Explanation.Owner(path: path)
      // Bytes that two leaves share were written once.
      if leaf.pack == number, isCounted.insert(leaf).inserted { owner.writtenBytes += leaf.storedByteCount }
      owner.isVolatile = index > 0 && (owner.isVolatile || position.volatile?.contains(index - 1) ?? false)
      owners[path] = owner
    }
    for (path, byteCount) in present { owners[path]?.bytes = byteCount }
    stateBytes = manifest.leaves.reduce(0) { $0 + $1.byteCount }
    checkpoints += 1
    if position.iteration != nil { boundaryCheckpoints += 1 }
  }
}
