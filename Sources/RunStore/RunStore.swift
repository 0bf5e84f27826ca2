public import RunModel

/// A store's folder and the runs in it.
public struct RunStore: Sendable {
  public let path: String
  public let fileSystem: any FileSystem

  public init(path: String, fileSystem: any FileSystem = PosixFileSystem()) {
    self.path = path
    self.fileSystem = fileSystem
  }

  /// The store of `folder`: its own `.flor`, or the nearest one upwards.
  public static func nearest(to folder: String, fileSystem: any FileSystem = PosixFileSystem()) throws(StoreError) -> RunStore {
    var parts = folder.split(separator: "/")
    while true {
      let candidate = "/" + (parts + [".flor"]).joined(separator: "/")
      if isDirectory(candidate, fileSystem) { return RunStore(path: candidate, fileSystem: fileSystem) }
      guard parts.popLast() != nil else { break }
    }
    throw .notFound(
      "There is no store `.flor` in `\(folder)` or in any folder above it", path: folder,
      hint: "`florpy record SCRIPT` makes one beside the script; `--store DIR` names one elsewhere")
  }

  /// The store that the user named.
  public static func existing(at path: String, fileSystem: any FileSystem = PosixFileSystem()) throws(StoreError) -> RunStore {
    guard isDirectory(path, fileSystem) else {
      throw .notFound(
        "There is no store at `\(path)`", path: path, hint: "`--store DIR` takes the folder that holds `runs/`")
    }
    return RunStore(path: path, fileSystem: fileSystem)
  }

  public var runs: String { path + "/runs" }

  public func directory(of run: RunID) -> RunDirectory { RunDirectory(path: "\(runs)/\(run.text)", run: run) }

  /// Makes the store's folders where they are missing, durably.
  public func make() throws(StoreError) {
    do { try makeDirectories(runs) } catch { throw .unwritable(runs, error) }
  }

  private func makeDirectories(_ path: String) throws(ErrorNumber) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw .noSuchFile }
    let parent = String(path[..<slash])
    do {
      try fileSystem.makeDirectory(path)
    } catch let error where error == .fileExists {
      guard try fileSystem.status(of: path).isDirectory else { throw .notADirectory }
      return
    } catch let error where error == .noSuchFile {
      try makeDirectories(parent)
      try fileSystem.makeDirectoryIfMissing(path)
    }
    // What is committed below it would be lost with it.
    try fileSystem.synchronize(directory: parent)
  }

  /// Oldest first. A store in which nothing was recorded yet has none.
  public func runIDs() throws(StoreError) -> [RunID] {
    do {
      return try fileSystem.names(in: runs).compactMap { RunID($0) }.sorted()
    } catch let error where error == .noSuchFile {
      return []
    } catch {
      throw .unreadable(runs, error)
    }
  }

  /// The run that `reference` names: a unique beginning of its name, or `latest`.
  public func run(_ reference: String) throws(StoreError) -> RunDirectory {
    let all = try runIDs()
    guard let latest = all.last else {
      throw .notFound(
        "There is no run in the store `\(path)`", path: path, hint: "`florpy record SCRIPT` records the first one")
    }
    if reference == "latest" { return directory(of: latest) }
    let matches = all.filter { $0.text.hasPrefix(reference) }
    if matches.count == 1 { return directory(of: matches[0]) }
    if matches.isEmpty {
      throw .notFound(
        "There is no run `\(reference)` in the store `\(path)`", path: path,
        hint: "`florpy runs` lists them; the latest is \(latest)")
    }
    throw .notFound(
      "`\(reference)` is the beginning of \(matches.count) runs in the store `\(path)`", path: path,
      hint: "say more of the name: " + matches.prefix(4).map(\.text).joined(separator: ", "))
  }

  private static func isDirectory(_ path: String, _ fileSystem: any FileSystem) -> Bool {
    // A folder that cannot be looked at is none that could be used.
    (try? fileSystem.status(of: path).isDirectory) ?? false
  }
}
