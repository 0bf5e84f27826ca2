import FoundationEssentials
public import RunModel
public import RunStore

/// JSON for the store, on this side of the program.
public struct JSONRecords: RecordDecoding {
  public init() {}

  public func decode<Record: Decodable>(_ type: Record.Type, from json: [UInt8]) throws -> Record {
    try JSONDecoder().decode(type, from: Data(json))
  }
}

/// The JSON files of one run, read.
public struct RunFiles {
  /// How a run stands, from what its folder says.
  public enum Status: String, Codable, Sendable {
    case recording, finished, failed, killed, unreadable
  }

  public let store: RunStore
  public let run: RunDirectory

  public init(store: RunStore, run: RunDirectory) {
    (self.store, self.run) = (store, run)
  }

  public func header() throws(StoreError) -> RunHeader {
    try store.checkFormat(of: run)
    return try record(RunHeader.self, at: run.header, invariant: 2)
  }

  /// Nil where the process was killed, or is still at work.
  public func end() throws(StoreError) -> RunEnd? {
    do {
      return try record(RunEnd.self, at: run.end, invariant: 11)
    } catch let error where error.code == .notFound {
      return nil
    }
  }

  /// The exception that ended the script; nil where none did, or none is known of.
  public func crash() throws(StoreError) -> Crash? {
    do {
      return try record(Crash.self, at: run.crash, invariant: 19)
    } catch let error where error.code == .notFound {
      return nil
    }
  }

  public func sites() throws(StoreError) -> [SiteRecord] {
    var sites: [SiteRecord] = []
    for line in JSONLines.split(try store.fileSystem.contents(of: run.sites)) {
      sites.append(try decode(SiteRecord.self, line, at: run.sites, invariant: 4))
    }
    return sites
  }

  /// The project's files as they were loaded, by their path below the root.
  public func sources() throws(StoreError) -> [String: SourceRecord] {
    var sources: [String: SourceRecord] = [:]
    for line in JSONLines.split(try store.fileSystem.contents(of: run.sourceIndex)) {
      let record = try decode(SourceRecord.self, line, at: run.sourceIndex, invariant: 8)
      sources[record.path] = record
    }
    return sources
  }

  public func text(of source: SourceRecord) throws(StoreError) -> String {
    String(decoding: try store.fileSystem.contents(of: run.source(source.hash)), as: UTF8.self)
  }

  public func position(of manifest: CheckpointManifest, number: Int) throws(StoreError) -> CheckpointPosition {
    try decode(CheckpointPosition.self, Array(manifest.positionJSON.utf8), at: run.manifest(number), invariant: 4)
  }

  public func status(end: RunEnd?) throws(StoreError) -> Status {
    if try RunLock.isHeld(run.lock) { return .recording }
    guard let end else { return .killed }
    return end.status == .finished && end.exit == 0 ? .finished : .failed
  }

  /// The numbers of the replays, ascending.
  public func replays() throws(StoreError) -> [Int] {
    do {
      return try store.fileSystem.names(in: run.replays).compactMap { Int($0) }.sorted()
    } catch let error where error == .noSuchFile {
      return []
    } catch {
      throw .unreadable(run.replays, error)
    }
  }

  /// Of all files of the run, replays included.
  public func byteCount() throws(StoreError) -> Int {
    do { return try byteCount(of: run.path) } catch { throw .unreadable(run.path, error) }
  }

  private func byteCount(of folder: String) throws(ErrorNumber) -> Int {
    var total = 0
    for name in try store.fileSystem.names(in: folder) {
      let path = "\(folder)/\(name)"
      do throws(ErrorNumber) {
        let status = try store.fileSystem.status(of: path)
        total += status.isDirectory ? try byteCount(of: path) : status.byteCount
      } catch {
        // A run that is being recorded renames its files away meanwhile.
        if error != .noSuchFile { throw error }
      }
    }
    return total
  }

  private func record<Record: Decodable>(
    _ type: Record.Type, at path: String, invariant: Int
  ) throws(StoreError) -> Record {
    try decode(type, try store.fileSystem.contents(of: path), at: path, invariant: invariant)
  }

  private func decode<Record: Decodable>(
    _ type: Record.Type, _ json: [UInt8], at path: String, invariant: Int
  ) throws(StoreError) -> Record {
    do {
      return try JSONRecords().decode(type, from: json)
    } catch {
      throw .damaged(path, invariant: invariant, "\(error)")
    }
  }
}
