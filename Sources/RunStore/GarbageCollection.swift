public import RunModel

/// Removes what nobody needs: leavings of crashes, runs that never began, removals that were cut short. Runs that a process
/// records, replays or repairs at this moment are left alone.
public struct GarbageCollection {
  private let store: RunStore
  /// Whether the folders of replays go as well.
  private let takesReplays: Bool
  /// Whether it only says what it would remove.
  private let isTrial: Bool

  public private(set) var removed: [String] = []
  public private(set) var byteCount = 0
  public private(set) var runsInUse: [RunID] = []

  public init(_ store: RunStore, takesReplays: Bool, isTrial: Bool) {
    self.store = store
    self.takesReplays = takesReplays
    self.isTrial = isTrial
  }

  public mutating func run() throws(StoreError) {
    if !isTrial { byteCount += try store.finishRemovals() }
    // A run whose folder is being made has no lock of its own yet: nobody makes one meanwhile, or it is left for the next time.
    let lock = try RunLock(trying: store.lock, shared: false)
    defer { lock?.release() }
    for run in try store.runIDs() { try collect(store.directory(of: run), mayBeNew: lock == nil) }
  }

  private mutating func collect(_ run: RunDirectory, mayBeNew: Bool) throws(StoreError) {
    if RunLeavings.neverBegan(run, in: store), mayBeNew { return }
    guard let lock = try RunLock(trying: run.lock, shared: false) else {
      runsInUse.append(run.run)
      return
    }
    defer { lock.release() }
    if RunLeavings.neverBegan(run, in: store) {
      note(run.path)
      if !isTrial { try store.remove(run) }
      return
    }
    for path in RunLeavings(of: run, in: store).paths + replays(of: run) {
      note(path)
      if !isTrial { byteCount += try store.removeTree(path) }
    }
  }

  private func replays(of run: RunDirectory) -> [String] {
    guard takesReplays else { return [] }
    // Without that folder there was no replay.
    return ((try? store.fileSystem.names(in: run.replays)) ?? []).sorted().map { "\(run.replays)/\($0)" }
  }

  private mutating func note(_ path: String) { removed.append(path) }
}
