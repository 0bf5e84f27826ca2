public import RunModel
public import RunStore

/// Reads JSON records; the implementation knows how, the decisions here do not.
public protocol HeaderReading {
  func header(of run: RunDirectory) throws(StoreError) -> RunHeader
}

/// Which run a script's name means.
public struct RunSelection {
  let store: RunStore
  let headers: any HeaderReading

  public init(store: RunStore, headers: any HeaderReading) {
    self.store = store
    self.headers = headers
  }

  /// The run that the user named: the whole id, or a beginning that only one has.
  public func run(named text: String) throws -> RunDirectory {
    let found = try store.runIDs().filter { $0.text.hasPrefix(text) }
    guard let run = found.first, found.count == 1 else { throw ReplayError.noSuchRun(text, in: store.path) }
    return store.directory(of: run)
  }

  /// The latest readable run of a script, or of a module. A path that was recorded counts before a name that is the same.
  ///
  /// `unreadable` hears of each later run that might have been the one: nobody knows whose it is.
  public func latest(
    script: String, absolutePath: String, unreadable: (RunID, StoreError) throws -> Void
  ) throws -> RunDirectory {
    var sameName: [(RunDirectory, String)] = []
    var damaged: [(RunID, StoreError)] = []
    for id in try store.runIDs().reversed() {
      let run = store.directory(of: id)
      let header: RunHeader
      do throws(StoreError) {
        header = try headers.header(of: run)
      } catch {
        // What has neither header nor checkpoints never began.
        if try hasBegun(run) { damaged.append((id, error)) }
        continue
      }
      // A run of plain python with a log: there is nothing in it to replay.
      if header.logOnly == true { continue }
      if header.module == script || header.script == absolutePath {
        try damaged.forEach(unreadable)
        return run
      }
      if header.module == nil, header.script.lastPart == script.lastPart { sameName.append((run, header.script)) }
    }
    let scripts = Set(sameName.map(\.1)).sorted()
    if scripts.count > 1 { throw ReplayError.severalScripts(script, scripts) }
    // One script of that name, at another place: the project was moved together with its store.
    guard let moved = sameName.first?.0 else {
      if let error = damaged.first?.1 { throw error }
      throw ReplayError.noRun(of: script, in: store.path)
    }
    try damaged.forEach(unreadable)
    return moved
  }

  private func hasBegun(_ run: RunDirectory) throws -> Bool {
    if Files.exists(run.header) { return true }
    return try Files.exists(run.checkpoints) && !store.checkpoints(of: run).isEmpty
  }
}

extension String {
  var lastPart: Substring { self[(lastIndex(of: "/").map { index(after: $0) } ?? startIndex)...] }
}
