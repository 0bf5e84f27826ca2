import RunModel
import RunStore

/// What the writer is given: a staged state, and how far the run's other files had come when it was staged.
struct StagedCheckpoint: Sendable {
  var number: Int
  /// A JSON object: a `CheckpointPosition` without what the committer adds.
  var headerJSON: String
  /// What was copied. The graph is the first.
  var staged: StagedLeaves
  var leaves: [StagedLeaf]
  var stagedSeconds: Double
  /// Flushed when this was staged.
  var files: [AppendFile]
  /// Sources kept since the last checkpoint, not yet durable.
  var sources: [String]
}

/// A leaf of a staged checkpoint, and where its bytes are.
struct StagedLeaf: Sendable {
  enum Source: Sendable {
    case copied(Range<Int>)
    /// The live leaf is a copy itself.
    case lent
    /// In a pack of the run: it was proved not to have changed.
    case held(LeafRecord)
  }

  var live: LiveLeaf
  var source: Source
}

/// Makes staged checkpoints durable, one after the other, in the order of invariant 3; knows which leaves the run holds.
struct CheckpointCommitter: Sendable {
  private struct Content: Hashable {
    var hash: ContentHash
    var byteCount: Int
  }

  /// Where a leaf is.
  private enum Location {
    case held(LeafRecord)
    /// Among the leaves that are to be written.
    case fresh(Int)
  }

  /// What is there already, in a run that goes on with an earlier one.
  struct Continued: Sendable {
    /// The last one.
    var checkpoint: Int
    var leaves: [LeafRecord]
    /// Numbers below it that are not used again.
    var missing: [Int]
  }

  private let run: RunDirectory
  private let fileSystem: any FileSystem
  private let still: StillLeaves
  private var storage = LeafStorage()
  private var pace = EncodingPace()
  private let beginSeconds = Clock.seconds
  private var lastStagedSeconds = 0.0
  private var known: [Content: LeafRecord] = [:]
  private var givenUp: [Int] = []
  private var limit: DiskLimit

  /// `diskLimit`: what the checkpoints may take of the disk, in bytes; nil: all of it.
  init(run: RunDirectory, fileSystem: any FileSystem, still: StillLeaves, diskLimit: Int?, continued: Continued? = nil) {
    self.run = run
    self.fileSystem = fileSystem
    self.still = still
    limit = DiskLimit(diskLimit, run: run, fileSystem: fileSystem)
    givenUp = continued?.missing ?? []
    for leaf in continued?.leaves ?? [] { known[Content(hash: leaf.hash, byteCount: leaf.byteCount)] = leaf }
  }

  /// How many were given up for room after they had been committed.
  var thinned: (count: Int, byteCount: Int) { (limit.thinnedCount, limit.thinnedByteCount) }

  /// Returns the leaves as the manifest has them, and how many bytes were written to the pack. What throws has left nothing
  /// that a reader would see.
  mutating func commit(_ checkpoint: StagedCheckpoint) throws(StoreError) -> (records: [LeafRecord], byteCount: Int) {
    let (locations, fresh) = locate(checkpoint)
    var written: (records: [LeafRecord], byteCount: Int) = ([], 0)
    let records: [LeafRecord]
    do throws(StoreError) {
      try forget(packs: limit.makeRoom(for: fresh.reduce(0) { $0 + $1.bytes.count }))
      // A source before the line that names it.
      try synchronizeSources(checkpoint.sources)
      for file in checkpoint.files { try file.synchronize() }
      if !fresh.isEmpty { written = try writePack(checkpoint, fresh) }
      records = locations.map { location in
        switch location {
        case .held(let record): record
        case .fresh(let index): written.records[index]
        }
      }
      // Last: from its rename on the checkpoint exists.
      try fileSystem.writeDurably(ManifestText.encode(manifest(of: checkpoint, records)), to: run.manifest(checkpoint.number))
    } catch {
      withdraw(checkpoint.number)
      throw error
    }
    limit.committed(
      checkpoint.number, atSeconds: checkpoint.stagedSeconds - beginSeconds, records, packByteCount: written.byteCount)
    for record in records { known[Content(hash: record.hash, byteCount: record.byteCount)] = record }
    let placed = zip(checkpoint.leaves, records.dropFirst()).map { (LeafStorage.place(of: $0.live), $1) }
    storage.settle(placed.compactMap { place, record in place.map { ($0, record) } })
    return (records, written.byteCount)
  }

  /// What lay in `packs` is not held any more.
  private mutating func forget(packs: Set<Int>) {
    if !packs.isEmpty { known = known.filter { $0.value.versions.allSatisfy { !packs.contains($0.pack) } } }
  }

  /// Where each leaf is, and those that the run does not hold, each once.
  private func locate(_ checkpoint: StagedCheckpoint) -> ([Location], [LeafStorage.Fresh]) {
    var numbers: [Content: Int] = [:]
    var fresh: [LeafStorage.Fresh] = []
    func location(of bytes: UnsafeRawBufferPointer, _ live: LiveLeaf?) -> Location {
      let content = Content(hash: ContentHash(of: bytes), byteCount: bytes.count)
      if let record = known[content] { return .held(record) }
      if let number = numbers[content] { return .fresh(number) }
      numbers[content] = fresh.count
      fresh.append(
        LeafStorage.Fresh(
          bytes: bytes, hash: content.hash, itemBytes: live?.itemBytes ?? 1, place: live.flatMap(LeafStorage.place)))
      return .fresh(fresh.count - 1)
    }
    var locations = [location(of: checkpoint.staged.bytes(in: checkpoint.staged.ranges[0]), nil)]
    for leaf in checkpoint.leaves {
      switch leaf.source {
      case .copied(let range): locations.append(location(of: checkpoint.staged.bytes(in: range), leaf.live))
      case .lent: locations.append(location(of: leaf.live.bytes, leaf.live))
      case .held(let record): locations.append(.held(record))
      }
    }
    return (locations, fresh)
  }

  private mutating func writePack(
    _ checkpoint: StagedCheckpoint, _ fresh: [LeafStorage.Fresh]
  ) throws(StoreError) -> (records: [LeafRecord], byteCount: Int) {
    let path = run.pack(checkpoint.number)
    let byteCount = fresh.reduce(0) { $0 + $1.bytes.count }
    let mayEncode = pace.allows(
      byteCount: byteCount, intervalSeconds: checkpoint.stagedSeconds - lastStagedSeconds)
    lastStagedSeconds = checkpoint.stagedSeconds
    do throws(ErrorNumber) {
      let written = try fileSystem.withDescriptor(of: path, for: .creating) { descriptor throws(ErrorNumber) in
        let pack = PackWriter(descriptor: descriptor, fileSystem: fileSystem)
        let target = LeafStorage.Target(
          pack: pack, number: checkpoint.number, packs: PackFiles(run, in: fileSystem), mayEncode: mayEncode,
          mayDiffer: !limit.keepsPacksApart)
        let begin = Clock.seconds
        var records: [LeafRecord] = []
        for leaf in fresh { records.append(try storage.write(leaf, to: target)) }
        if mayEncode { pace.observe(encodedByteCount: byteCount, seconds: Clock.seconds - begin - pack.writingSeconds) }
        try pack.finish()
        if let speed = pack.deviceBytesPerSecond { pace.observe(deviceBytesPerSecond: speed) }
        return (records, pack.offset)
      }
      try fileSystem.synchronize(directory: run.packs)
      return written
    } catch {
      throw .unwritable(path, error)
    }
  }

  private func synchronizeSources(_ sources: [String]) throws(StoreError) {
    if sources.isEmpty { return }
    for source in sources { try fileSystem.synchronizeFile(source) }
    do throws(ErrorNumber) {
      try fileSystem.synchronize(directory: run.sources)
    } catch {
      throw .unwritable(run.sources, error)
    }
  }

  private func manifest(of checkpoint: StagedCheckpoint, _ leaves: [LeafRecord]) -> CheckpointManifest {
    var fields = [(name: "checkpoint", json: String(checkpoint.number))]
    if !givenUp.isEmpty { fields.append((name: "given_up", json: givenUp.description)) }
    let volatile = zip(checkpoint.leaves, leaves.dropFirst()).enumerated().filter { still.hasChanged($1.0.live, to: $1.1.hash) }
    if !volatile.isEmpty { fields.append((name: "volatile", json: volatile.map(\.offset).description)) }
    let position = JSONObjectText.inserting(fields, into: checkpoint.headerJSON)
    return CheckpointManifest(positionJSON: position, leaves: leaves)
  }

  /// Invariant 10. The manifest first: a pack goes only when nothing can refer to it. What cannot be removed either is a
  /// leaving (invariant 7), or a checkpoint that is whole after all.
  private mutating func withdraw(_ number: Int) {
    givenUp.append(number)
    do throws(ErrorNumber) {
      try fileSystem.remove(run.manifest(number))
    } catch {
      if error != .noSuchFile { return limit.becomeUncertain() }
    }
    try? fileSystem.remove(run.pack(number))
  }
}
