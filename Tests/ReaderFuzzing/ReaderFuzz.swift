public import RunModel
public import RunStore
import StateGraph

/// Runs that are damaged at random, read by every reader that there is: whatever the bytes, a reader reads them or says what is wrong.
public struct ReaderFuzz {
  private let run: RunDirectory
  private let files: [String: [UInt8]]
  private let paths: [String]
  private let decoder: any RecordDecoding

  /// `run`: a sound one.
  public init(_ run: RunDirectory, decoder: any RecordDecoding) throws {
    self.run = run
    self.decoder = decoder
    files = try Self.contents(of: run.path)
    paths = files.keys.sorted()
  }

  private static func contents(of folder: String) throws -> [String: [UInt8]] {
    let system = PosixFileSystem()
    var files: [String: [UInt8]] = [:]
    for name in try system.names(in: folder) {
      let path = "\(folder)/\(name)"
      if try system.status(of: path).isDirectory {
        files.merge(try contents(of: path)) { first, _ in first }
      } else {
        files[path] = try system.contents(of: path)
      }
    }
    return files
  }

  /// Damages one or two files and reads all; the same damage for the same `generator`.
  public func tryOnce(using generator: some RandomNumberGenerator) {
    var mutation = Mutation(generator: generator)
    var damaged = files
    for _ in 0..<Int.random(in: 1...2, using: &mutation.generator) {
      guard let path = paths.randomElement(using: &mutation.generator), let bytes = damaged[path] else { continue }
      if Int.random(in: 0..<8, using: &mutation.generator) == 0, let other = paths.randomElement(using: &mutation.generator) {
        damaged[path] = damaged[other]
      } else {
        let isResealed = Int.random(in: 0..<4, using: &mutation.generator) > 0
        damaged[path] = resealed(mutation.damage(bytes), path, isResealed)
      }
    }
    read(damaged)
  }

  private func resealed(_ bytes: [UInt8], _ path: String, _ isAsked: Bool) -> [UInt8] {
    if !isAsked { return bytes }
    if path.hasPrefix(run.checkpoints + "/") { return Resealing.manifest(bytes) }
    return path == run.header || path == run.end ? Resealing.json(bytes) : bytes
  }

  private func read(_ files: [String: [UInt8]]) {
    let store = RunStore(path: Self.store(of: run), fileSystem: MemoryFileSystem(files))
    _ = RunChecker(run, in: store, decoder: decoder).check()
    _ = RunLeavings(of: run, in: store).paths
    for number in (try? store.checkpoints(of: run)) ?? [] {
      guard let manifest = try? store.manifest(number, of: run) else { continue }
      if let leaf = manifest.graph, let graph = try? store.graph(of: number, leaf: leaf, in: run) {
        _ = graph.leafOwners()
      }
      for leaf in manifest.leaves { _ = try? LeafBlocks.bytes(of: leaf, in: PackFiles(run, in: store.fileSystem)) }
    }
    readRecords(store)
  }

  private func readRecords(_ store: RunStore) {
    let log = RunLog(run, in: store)
    for file in (try? log.files()) ?? [] { _ = try? log.read(file) { _, _ in } }
    for (path, type) in [(run.sites, SiteRecord.self as any Decodable.Type), (run.touchedFiles, TouchedFile.self)] {
      for line in JSONLines.split((try? store.fileSystem.contents(of: path)) ?? []) { _ = try? decode(type, line) }
    }
  }

  private func decode(_ type: (some Decodable).Type, _ json: [UInt8]) throws -> Bool {
    _ = try decoder.decode(type, from: json)
    return true
  }

  private static func store(of run: RunDirectory) -> String {
    String(run.path.dropLast("/runs/\(run.run.text)".count))
  }
}
