public import RunModel
public import RunStore

/// Reads the checkpoints of one run. Nothing is given out before its hash was found right, and nothing is executed.
public struct CheckpointReader: Sendable {
  public struct Checkpoint: Hashable, Sendable {
    public var number: Int
    public var manifest: CheckpointManifest
  }

  public let run: RunDirectory
  /// The committed ones, ascending.
  public let checkpoints: [Checkpoint]
  /// Why the others are left out: what they would have restored can still be executed.
  public let damages: [StoreError]

  private let fileSystem: any FileSystem
  private let manifests: [Int: CheckpointManifest]

  public init(_ run: RunDirectory, in store: RunStore) throws(StoreError) {
    self.run = run
    fileSystem = store.fileSystem
    try store.checkFormat(of: run)
    var checkpoints: [Checkpoint] = []
    var damages: [StoreError] = []
    for number in try store.checkpoints(of: run) {
      do throws(StoreError) {
        checkpoints.append(Checkpoint(number: number, manifest: try store.manifest(number, of: run)))
      } catch {
        damages.append(error)
      }
    }
    self.checkpoints = checkpoints
    self.damages = damages
    manifests = Dictionary(uniqueKeysWithValues: checkpoints.map { ($0.number, $0.manifest) })
  }

  public func manifest(_ number: Int) throws(StoreError) -> CheckpointManifest {
    guard let manifest = manifests[number] else {
      throw .notFound(
        "The run \(run.run) has no checkpoint \(number)", path: run.manifest(number),
        hint: "`florpy show \(run.run)` says which it has")
    }
    return manifest
  }

  public func readGraph(_ number: Int) throws(StoreError) -> [UInt8] {
    guard let graph = try manifest(number).graph else {
      throw .damaged(run.manifest(number), invariant: 4, "it has no leaf, not even a graph")
    }
    return try bytes(of: graph)
  }

  public func bytes(of leaf: LeafRecord) throws(StoreError) -> [UInt8] {
    try LeafBlocks.bytes(of: leaf, in: PackFiles(run, in: fileSystem))
  }

  /// Writes each leaf to its destination, which has room for it. Every leaf is verified before the first byte is written:
  /// where this throws, nothing has changed.
  public func load(leaves: [(LeafRecord, UnsafeMutableRawPointer)]) throws(StoreError) {
    var mapped: [Int: MappedFile] = [:]
    let packs = PackFiles(run, in: fileSystem)
    var sources: [VerifiedLeaf] = []
    for (leaf, _) in leaves {
      if leaf.encoding != .raw {
        sources.append(.decoded(try LeafBlocks.bytes(of: leaf, in: packs)))
        continue
      }
      let pack: MappedFile
      if let known = mapped[leaf.pack] { pack = known } else { pack = try map(leaf.pack) }
      mapped[leaf.pack] = pack
      sources.append(.mapped(try verified(leaf, in: pack), pack))
    }
    for (source, (leaf, destination)) in zip(sources, leaves) where leaf.byteCount > 0 {
      source.copy(to: UnsafeMutableRawBufferPointer(start: destination, count: leaf.byteCount))
    }
  }

  private func map(_ pack: Int) throws(StoreError) -> MappedFile {
    do throws(ErrorNumber) {
      return try MappedFile(run.pack(pack))
    } catch {
      if error == .noSuchFile { throw .damaged(run.pack(pack), invariant: 5, "it is missing") }
      throw .unreadable(run.pack(pack), error)
    }
  }

  /// Valid for as long as the mapping.
  private func verified(_ leaf: LeafRecord, in pack: MappedFile) throws(StoreError) -> UnsafeRawBufferPointer {
    let place = "the leaf of \(leaf.byteCount) bytes at \(leaf.offset)"
    let (end, overflows) = leaf.offset.addingReportingOverflow(leaf.byteCount)
    guard !overflows, end <= pack.bytes.count else {
      throw .damaged(run.pack(leaf.pack), invariant: 5, "\(place) is cut off: the file has \(pack.bytes.count)")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: pack.bytes[leaf.offset..<end])
    let hash = ContentHash(of: bytes)
    guard hash == leaf.hash else {
      throw .damaged(run.pack(leaf.pack), invariant: 5, "\(place) has the hash \(hash) instead of \(leaf.hash)")
    }
    return bytes
  }
}

/// The bytes of a leaf, found right.
private enum VerifiedLeaf {
  case mapped(UnsafeRawBufferPointer, MappedFile)
  case decoded([UInt8])

  func copy(to destination: UnsafeMutableRawBufferPointer) {
    switch self {
    case .mapped(let bytes, let file): withExtendedLifetime(file) { destination.copyMemory(from: bytes) }
    case .decoded(let bytes): destination.copyBytes(from: bytes)
    }
  }
}
