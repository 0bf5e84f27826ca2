public import RunModel

/// The log of a run: the files of its processes, and of its replays.
public struct RunLog: Sendable {
  public struct File: Hashable, Sendable {
    public let path: String
    /// The number of the replay that logged it, whose values are hindsight; nil of the run's own.
    public let replay: Int?
  }

  public static let fileSuffix = ".values"

  let run: RunDirectory
  let fileSystem: any FileSystem

  public init(_ run: RunDirectory, in store: RunStore) {
    self.run = run
    fileSystem = store.fileSystem
  }

  /// The run's own in the order in which they were opened, then those of the replays, the first replay first.
  public func files() throws(StoreError) -> [File] {
    var found = try files(in: run.log, replay: nil)
    for (number, name) in try numberedReplays() { found += try files(in: "\(run.replays)/\(name)/log", replay: number) }
    return found
  }

  /// Reads a file from its beginning: calls `body` with each value, and with the names and positions up to there.
  @discardableResult
  public func read(
    _ file: File, _ body: (borrowing LogEntry, borrowing LogDecoder) throws -> Void
  ) throws -> LogDecoder.Ending {
    var decoder = LogDecoder()
    return try read(file, from: &decoder, body)
  }

  /// Reads what the file has beyond what `decoder` has read of it.
  @discardableResult
  public func read(
    _ file: File, from decoder: inout LogDecoder, _ body: (borrowing LogEntry, borrowing LogDecoder) throws -> Void
  ) throws -> LogDecoder.Ending {
    let bytes = try fileSystem.contents(of: file.path, at: decoder.byteCount, byteCount: .max)
    return try bytes.withUnsafeBytes { try decoder.decode($0, body) }
  }

  public func blob(_ hash: ContentHash) -> String { run.blob(hash) }

  private func files(in folder: String, replay: Int?) throws(StoreError) -> [File] {
    try names(in: folder).filter { $0.hasSuffix(Self.fileSuffix) }.sorted().map { File(path: "\(folder)/\($0)", replay: replay) }
  }

  private func numberedReplays() throws(StoreError) -> [(number: Int, name: String)] {
    try names(in: run.replays).compactMap { name in Int(name).map { ($0, name) } }.sorted { $0.0 < $1.0 }
  }

  private func names(in folder: String) throws(StoreError) -> [String] {
    do {
      return try fileSystem.names(in: folder)
    } catch let error where error == .noSuchFile || error == .notADirectory {
      return []
    } catch {
      throw .unreadable(folder, error)
    }
  }
}
