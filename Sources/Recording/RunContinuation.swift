public import RunModel
public import RunStore

/// How a run begins that goes on with an earlier one from a checkpoint of it (`docs/resume.md`).
public struct RunContinuation: Sendable {
  public var earlier: RunDirectory
  public var checkpoint: Int
  /// How much of the earlier run's files the checkpoint knew.
  public var byteCounts: [RecordSession.File: Int]
  /// What the script had written to standard output.
  public var standardOutput: [UInt8]

  public init(
    of earlier: RunDirectory, from checkpoint: Int, byteCounts: [RecordSession.File: Int], standardOutput: [UInt8]
  ) {
    (self.earlier, self.checkpoint) = (earlier, checkpoint)
    (self.byteCounts, self.standardOutput) = (byteCounts, standardOutput)
  }

  /// What has to be there before `run.json`: all but checkpoints.
  func fill(
    _ run: RunDirectory, _ files: [RecordSession.File: AppendFile], _ fileSystem: any FileSystem
  ) throws(StoreError) {
    try share(all: earlier.sources, in: run.sources, fileSystem)
    if try exists(earlier.originals, fileSystem) {
      do throws(ErrorNumber) { try fileSystem.makeDirectory(run.originals) } catch { throw .unwritable(run.originals, error) }
      try share(all: earlier.originals, in: run.originals, fileSystem)
    }
    for (file, target) in files {
      let path = file.path(in: earlier)
      let bytes = try fileSystem.contents(of: path, at: 0, byteCount: byteCounts[file] ?? 0)
      guard bytes.count == byteCounts[file] else { throw .damaged(path, invariant: 9, "it is shorter than its checkpoints say") }
      try bytes.withUnsafeBufferPointer { bytes throws(StoreError) in try target.append(UnsafeRawBufferPointer(bytes)) }
      try target.flush()
      try target.synchronize()
    }
    let copied = [
      (earlier.touchedFiles, run.touchedFiles), (earlier.inputFiles, run.inputFiles), (earlier.thinned, run.thinned),
      (earlier.repaired, run.repaired),
    ]
    for (path, newPath) in copied where try exists(path, fileSystem) {
      try fileSystem.writeWhole(try fileSystem.contents(of: path), to: newPath, synchronized: true)
    }
    try fileSystem.writeWhole(standardOutput, to: run.standardOutput, synchronized: true)
  }

  /// Packs before the manifests that refer to them, and these in their order: killed in between, the run ends earlier.
  func addCheckpoints(to run: RunDirectory, _ fileSystem: any FileSystem) throws(StoreError) {
    try share(all: earlier.packs, in: run.packs, fileSystem) { $0 <= checkpoint }
    try share(all: earlier.checkpoints, in: run.checkpoints, fileSystem) { $0 <= checkpoint }
  }

  /// The numbers that are not used again.
  func missing(in run: RunDirectory, _ fileSystem: any FileSystem) throws(StoreError) -> [Int] {
    do throws(ErrorNumber) {
      let present = Set(try fileSystem.names(in: run.checkpoints).compactMap(RunDirectory.checkpoint(named:)))
      return (1...checkpoint).filter { !present.contains($0) }
    } catch {
      throw .unreadable(run.checkpoints, error)
    }
  }

  private func share(
    all folder: String, in newFolder: String, _ fileSystem: any FileSystem, where isKept: ((Int) -> Bool)? = nil
  ) throws(StoreError) {
    do throws(ErrorNumber) {
      for name in try fileSystem.names(in: folder).sorted() {
        if let isKept, !(RunDirectory.checkpoint(named: name).map(isKept) ?? false) { continue }
        try fileSystem.share("\(folder)/\(name)", as: "\(newFolder)/\(name)")
      }
      try fileSystem.synchronize(directory: newFolder)
    } catch {
      throw .unwritable(newFolder, error)
    }
  }

  private func exists(_ path: String, _ fileSystem: any FileSystem) throws(StoreError) -> Bool {
    do throws(ErrorNumber) {
      _ = try fileSystem.status(of: path)
      return true
    } catch {
      if error == .noSuchFile { return false }
      throw .unreadable(path, error)
    }
  }
}
