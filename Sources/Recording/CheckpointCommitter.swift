import RunModel
import RunStore

/// What the writer is given: a staged state, and how far the run's other files had come when it was staged.
struct StagedCheckpoint: Sendable {
  var number: Int
  /// A JSON object: a `CheckpointPosition` without what the committer adds.
  var headerJSON: String
  var leaves: StagedLeaves
  /// Flushed when this was staged.
  var files: [AppendFile]
  /// Sources kept since the last checkpoint, not yet durable.
  var sources: [String]
}

/// Makes staged checkpoints durable, one after the other, in the order of invariant 3; knows which leaves the run holds.
struct CheckpointCommitter: Sendable {
  private struct Content: Hashable {
    var hash: ContentHash
    var byteCount: Int
  }

  private let run: RunDirectory
  private let fileSystem: any FileSystem
  private var known: [Content: LeafRecord] = [:]
  private var givenUp: [Int] = []

  init(run: RunDirectory, fileSystem: any FileSystem) {
    self.run = run
    self.fileSystem = fileSystem
  }

  /// Returns how many bytes were written to the pack. What throws has left nothing that a reader would see.
  mutating func commit(_ checkpoint: StagedCheckpoint) throws(StoreError) -> Int {
    let (records, runs) = place(checkpoint)
    do throws(StoreError) {
      for file in checkpoint.files { try file.synchronize() }
      try synchronizeSources(checkpoint.sources)
      if !runs.isEmpty { try writePack(checkpoint, runs) }
      // Last: from its rename on the checkpoint exists.
      try fileSystem.writeDurably(ManifestText.encode(manifest(of: checkpoint, records)), to: run.manifest(checkpoint.number))
    } catch {
      withdraw(checkpoint.number)
      throw error
    }
    for record in records { known[Content(hash: record.hash, byteCount: record.byteCount)] = record }
    return runs.reduce(0) { $0 + $1.count }
  }

  /// Where each leaf is, or will be, and what has to be written for that: neighbours in memory go in one piece.
  private func place(_ checkpoint: StagedCheckpoint) -> ([LeafRecord], [Range<Int>]) {
    var fresh: [Content: LeafRecord] = [:]
    var records: [LeafRecord] = []
    var runs: [Range<Int>] = []
    var packByteCount = 0
    var isNextToLast = false
    for range in checkpoint.leaves.ranges {
      let content = Content(hash: ContentHash(of: checkpoint.leaves.bytes(in: range)), byteCount: range.count)
      if let record = known[content] ?? fresh[content] {
        records.append(record)
        isNextToLast = false
        continue
      }
      if isNextToLast, let last = runs.last {
        packByteCount += range.lowerBound - last.upperBound
        runs[runs.count - 1] = last.lowerBound..<range.upperBound
      } else {
        runs.append(range)
      }
      let record = LeafRecord(hash: content.hash, byteCount: range.count, pack: checkpoint.number, offset: packByteCount)
      packByteCount += range.count
      fresh[content] = record
      records.append(record)
      isNextToLast = true
    }
    return (records, runs)
  }

  private func writePack(_ checkpoint: StagedCheckpoint, _ runs: [Range<Int>]) throws(StoreError) {
    let path = run.pack(checkpoint.number)
    do throws(ErrorNumber) {
      try fileSystem.withDescriptor(of: path, for: .creating) { descriptor throws(ErrorNumber) in
        for range in runs { try fileSystem.writeAll(checkpoint.leaves.bytes(in: range), to: descriptor) }
        try fileSystem.synchronizeFully(descriptor)
      }
      try fileSystem.synchronize(directory: run.packs)
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
      if error != .noSuchFile { return }
    }
    try? fileSystem.remove(run.pack(number))
  }
}
