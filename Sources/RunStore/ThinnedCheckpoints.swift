public import RunModel

/// `thinned`: the numbers of checkpoints that were given up for room after they had been committed, one a line.
///
/// A number is durable there before its manifest goes, and the manifest's absence before its pack does.
public struct ThinnedCheckpoints: Sendable {
  private let run: RunDirectory
  private let fileSystem: any FileSystem
  private var file: AppendFile?

  public init(of run: RunDirectory, in fileSystem: any FileSystem) {
    self.run = run
    self.fileSystem = fileSystem
  }

  /// `packs` are those that only this checkpoint needed.
  public mutating func remove(_ number: Int, packs: [Int]) throws(StoreError) {
    try note(number)
    do throws(ErrorNumber) {
      try fileSystem.remove(run.manifest(number))
      try fileSystem.synchronize(directory: run.checkpoints)
    } catch {
      throw .unwritable(run.manifest(number), error)
    }
    for pack in packs {
      do throws(ErrorNumber) {
        try fileSystem.remove(run.pack(pack))
      } catch {
        // A checkpoint with nothing new has none.
        if error != .noSuchFile { throw .unwritable(run.pack(pack), error) }
      }
    }
  }

  private mutating func note(_ number: Int) throws(StoreError) {
    let file = try opened()
    try Array("\(number)\n".utf8).withUnsafeBufferPointer { line throws(StoreError) in
      try file.append(UnsafeRawBufferPointer(line))
    }
    try file.flush()
    try file.synchronize()
  }

  private mutating func opened() throws(StoreError) -> AppendFile {
    if let file { return file }
    let file = try AppendFile(creating: run.thinned, fileSystem: fileSystem)
    do { try fileSystem.synchronize(directory: run.path) } catch { throw .unwritable(run.path, error) }
    self.file = file
    return file
  }
}

extension RunStore {
  /// The checkpoints of a run that were given up for room.
  public func thinnedCheckpoints(of run: RunDirectory) throws(StoreError) -> Set<Int> { try numbers(in: run.thinned) }

  /// The checkpoints of a run that a repair has moved aside.
  public func repairedCheckpoints(of run: RunDirectory) throws(StoreError) -> Set<Int> { try numbers(in: run.repaired) }

  private func numbers(in path: String) throws(StoreError) -> Set<Int> {
    do throws(StoreError) {
      return Set(JSONLines.split(try fileSystem.contents(of: path)).compactMap { Int(String(decoding: $0, as: UTF8.self)) })
    } catch {
      if error.code == .notFound { return [] }
      throw error
    }
  }
}
