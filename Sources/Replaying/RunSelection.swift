public import RunModel
public import RunStore

/// Reads JSON records; the implementation knows how, the decisions here do not.
public protocol HeaderReading {
  func header(of run: RunDirectory) throws -> RunHeader
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
  public func latest(script: String, absolutePath: String) throws -> RunDirectory {
    var sameName: [(RunDirectory, String)] = []
    for id in try store.runIDs().reversed() {
      let run = store.directory(of: id)
      // A run that cannot be read is no candidate here; `florpy verify` is for those.
      guard let header = try? headers.header(of: run) else { continue }
      if header.module == script || header.script == absolutePath { return run }
      if header.module == nil, header.script.lastPart == script.lastPart { sameName.append((run, header.script)) }
    }
    let scripts = Set(sameName.map(\.1)).sorted()
    if scripts.count > 1 { throw ReplayError.severalScripts(script, scripts) }
    // One script of that name, at another place: the project was moved together with its store.
    guard let moved = sameName.first?.0 else { throw ReplayError.noRun(of: script, in: store.path) }
    return moved
  }
}

extension String {
  var lastPart: Substring { self[(lastIndex(of: "/").map { index(after: $0) } ?? startIndex)...] }
}
