public import RunModel
public import StateGraph

extension RunStore {
  /// The numbers of the committed checkpoints, ascending.
  public func checkpoints(of run: RunDirectory) throws(StoreError) -> [Int] {
    do {
      return try fileSystem.names(in: run.checkpoints).compactMap(RunDirectory.checkpoint(named:)).sorted()
    } catch {
      throw .unreadable(run.checkpoints, error)
    }
  }

  /// Refuses a run in a format that this program does not know (invariant 1). Returns the format's number.
  @discardableResult
  public func checkFormat(of run: RunDirectory) throws(StoreError) -> Int {
    let format = try fileSystem.contents(of: run.format)
    let version = (1...RunDirectory.formatVersion).first { format.elementsEqual(RunDirectory.formatLine(ofVersion: $0).utf8) }
    guard let version else {
      let found = String(decoding: format.prefix(40).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      throw .unknownFormat(
        run.format, "names the format `\(found)`; this florpy reads up to `\(RunDirectory.formatLine.dropLast())`")
    }
    return version
  }

  public func manifest(_ checkpoint: Int, of run: RunDirectory) throws(StoreError) -> CheckpointManifest {
    let path = run.manifest(checkpoint)
    return try ManifestText.parse(try fileSystem.contents(of: path), path: path)
  }

  /// The graph of a checkpoint, read as plain values, and never by what could make anything else of it.
  public func graph(of checkpoint: Int, leaf: LeafRecord, in run: RunDirectory) throws(StoreError) -> StateGraph {
    let bytes = try bytes(of: leaf, in: run)
    do {
      return try StateGraph(decoding: bytes)
    } catch {
      throw .damaged(run.manifest(checkpoint), invariant: 14, "its first leaf is no graph: \(error)")
    }
  }

  /// The bytes of a leaf, given out once their hash was found right.
  func bytes(of leaf: LeafRecord, in run: RunDirectory) throws(StoreError) -> [UInt8] {
    try LeafBlocks.bytes(of: leaf, in: PackFiles(run, in: fileSystem))
  }
}
