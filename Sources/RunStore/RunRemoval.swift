public import RunModel

extension RunStore {
  /// Where what is being removed lies, unseen by readers.
  public var removed: String { path + "/removed" }
  /// Held, shared, while a run's folder is made.
  public var lock: String { path + "/lock" }

  /// Removes a run whose lock the caller holds. From the first step on no reader sees it; what a crash leaves of it,
  /// `finishRemovals` takes.
  public func remove(_ run: RunDirectory) throws(StoreError) {
    let target = "\(removed)/\(run.run.text)"
    do throws(ErrorNumber) {
      try fileSystem.makeDirectoryIfMissing(removed)
      try fileSystem.rename(run.path, to: target)
      try fileSystem.synchronize(directory: runs)
    } catch {
      throw .unwritable(run.path, error)
    }
    try removeTree(target)
  }

  /// Deletes what an interrupted removal has left. Returns how much that was, in bytes.
  public func finishRemovals() throws(StoreError) -> Int {
    let names: [String]
    do throws(ErrorNumber) {
      names = try fileSystem.names(in: removed)
    } catch {
      if error == .noSuchFile { return 0 }
      throw .unreadable(removed, error)
    }
    var byteCount = 0
    for name in names { byteCount += try removeTree("\(removed)/\(name)") }
    return byteCount
  }

  /// Deletes a file, or a folder with all that is in it. Links are deleted and not followed. Returns the bytes that this frees.
  @discardableResult
  public func removeTree(_ path: String) throws(StoreError) -> Int {
    do { return try removeAll(path) } catch { throw .unwritable(path, error) }
  }

  private func removeAll(_ path: String) throws(ErrorNumber) -> Int {
    // Of a link that leads nowhere there is nothing to be known, and nothing to be freed.
    let byteCount = (try? fileSystem.status(of: path)).map { $0.isDirectory ? 0 : $0.byteCount } ?? 0
    do {
      try fileSystem.remove(path)
      return byteCount
    } catch {
      if error == .noSuchFile { return 0 }
      guard error == .isADirectory else { throw error }
    }
    var total = 0
    for name in try fileSystem.names(in: path) { total += try removeAll("\(path)/\(name)") }
    try fileSystem.removeDirectory(path)
    return total
  }
}
