public import RunModel

extension RunStore {
  /// The numbers of the committed checkpoints, ascending.
  public func checkpoints(of run: RunDirectory) throws(StoreError) -> [Int] {
    do {
      return try fileSystem.names(in: run.checkpoints).compactMap(RunDirectory.checkpoint(named:)).sorted()
    } catch {
      throw .unreadable(run.checkpoints, error)
    }
  }

  /// Refuses a run in a format that this program does not know (invariant 1).
  public func checkFormat(of run: RunDirectory) throws(StoreError) {
    let format = try fileSystem.contents(of: run.format)
    guard format.elementsEqual(RunDirectory.formatLine.utf8) else {
      let found = String(decoding: format.prefix(40).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      throw .unknownFormat(
        run.format, "names the format `\(found)`; this florpy reads `\(RunDirectory.formatLine.dropLast())`")
    }
  }

  public func manifest(_ checkpoint: Int, of run: RunDirectory) throws(StoreError) -> CheckpointManifest {
    let path = run.manifest(checkpoint)
    return try ManifestText.parse(try fileSystem.contents(of: path), path: path)
  }
}
