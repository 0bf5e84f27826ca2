import LeafCoding
public import RunModel

/// A leaf's bytes as they are in the program, block by block, whatever they are stored as.
///
/// The versions that it is a difference from are read along with it, and held to their hashes as well: where one is damaged, that
/// one is named.
public final class LeafBlocks {
  /// How long a chain of differences may be.
  public static let mostDifferences = 4

  private let leaf: LeafRecord
  private let packs: PackFiles
  private let versions: [Version]
  private let decoder: BlockDecoder?
  private let block: BlockBuffer
  private var position = 0

  /// One leaf in a chain of versions.
  private final class Version {
    let record: LeafRecord
    var stream = HashStream()
    /// The part of the pack that is in memory: read once, although blocks begin anywhere.
    let window: BlockBuffer
    var buffered = 0..<0
    /// How much of what is stored was read.
    var fetched = 0

    init(_ record: LeafRecord) {
      self.record = record
      let isEncoded = record.encoding != .raw
      window = BlockBuffer(byteCount: isEncoded ? min(record.storedByteCount, LeafBlocks.windowByteCount) : 0)
    }
  }

  private static let windowByteCount = 1 << 20

  public init(_ leaf: LeafRecord, in packs: PackFiles) throws(StoreError) {
    self.leaf = leaf
    self.packs = packs
    for version in leaf.versions { try Self.check(version, in: packs) }
    versions = leaf.versions.map(Version.init)
    decoder = leaf.encoding == .raw ? nil : BlockDecoder()
    block = BlockBuffer(byteCount: min(leaf.byteCount, BlockFormat.decodedByteCount))
  }

  /// Before there is any memory for what it claims to be.
  private static func check(_ version: LeafRecord, in packs: PackFiles) throws(StoreError) {
    if !LeafText.isPossible(version) { throw damage(version, "cannot be stored in \(version.storedByteCount)", packs) }
    let byteCount = try packs.byteCount(of: version.pack)
    let (end, overflows) = version.offset.addingReportingOverflow(version.storedByteCount)
    if overflows || end > byteCount { throw damage(version, "is cut off: the file has \(byteCount)", packs) }
  }

  private static func damage(_ version: LeafRecord, _ what: String, _ packs: PackFiles) -> StoreError {
    .damaged(
      packs.run.pack(version.pack), invariant: 5, "the leaf of \(version.byteCount) bytes at \(version.offset) \(what)")
  }

  /// The next block, until the next call. Nil behind the last one: from then on it is known that all of them were right.
  public func next() throws(StoreError) -> UnsafeRawBufferPointer? {
    guard position < leaf.byteCount else {
      try checkHashes()
      return nil
    }
    let bytes = block.prefix(BlockFormat.byteCount(ofBlockAt: position, in: leaf.byteCount))
    for version in versions {
      try advance(version, bytes)
      version.stream.update(UnsafeRawBufferPointer(bytes))
    }
    position += bytes.count
    return UnsafeRawBufferPointer(bytes)
  }

  private func advance(_ version: Version, _ bytes: UnsafeMutableRawBufferPointer) throws(StoreError) {
    let itemBytes: Int
    let isDifference: Bool
    switch version.record.encoding {
    case .raw:
      try packs.read(into: bytes, from: version.record.pack, at: version.record.offset + position)
      version.fetched += bytes.count
      return
    case .planes(let count): (itemBytes, isDifference) = (count, false)
    case .difference(let count, _): (itemBytes, isDifference) = (count, true)
    }
    try fill(version, BlockFormat.largestEncoding(of: bytes.count, itemBytes: itemBytes))
    let input = UnsafeRawBufferPointer(rebasing: version.window.bytes[version.buffered])
    guard let taken = decoder?.decode(input, itemBytes: itemBytes, isDifference: isDifference, into: bytes) else {
      throw Self.damage(version.record, "cannot be decoded from byte \(position) on", packs)
    }
    version.buffered = version.buffered.lowerBound + taken..<version.buffered.upperBound
  }

  /// Has `count` bytes in the window, or all that are left.
  private func fill(_ version: Version, _ count: Int) throws(StoreError) {
    let left = version.record.storedByteCount - version.fetched
    if version.buffered.count >= count || left == 0 { return }
    let window = version.window.bytes
    UnsafeMutableRawBufferPointer(rebasing: window[..<version.buffered.count]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: window[version.buffered]))
    let more = min(window.count - version.buffered.count, left)
    version.buffered = 0..<version.buffered.count + more
    let part = UnsafeMutableRawBufferPointer(rebasing: window[(version.buffered.count - more)..<version.buffered.count])
    try packs.read(into: part, from: version.record.pack, at: version.record.offset + version.fetched)
    version.fetched += more
  }

  /// The earliest first: what was made from it is wrong as well.
  private func checkHashes() throws(StoreError) {
    for version in versions {
      let hash = version.stream.hash
      if hash != version.record.hash {
        throw Self.damage(version.record, "has the hash \(hash) instead of \(version.record.hash)", packs)
      }
      if version.fetched != version.record.storedByteCount || !version.buffered.isEmpty {
        throw Self.damage(version.record, "takes less than \(version.record.storedByteCount)", packs)
      }
    }
  }
}

extension LeafBlocks {
  /// All bytes of a leaf, given out once they were found right.
  public static func bytes(of leaf: LeafRecord, in packs: PackFiles) throws(StoreError) -> [UInt8] {
    let blocks = try LeafBlocks(leaf, in: packs)
    var bytes: [UInt8] = []
    // What is claimed beyond the usual gets its memory as it is decoded.
    bytes.reserveCapacity(min(leaf.byteCount, 64 * (leaf.storedByteCount + BlockFormat.decodedByteCount)))
    while let block = try blocks.next() { bytes.append(contentsOf: block) }
    return bytes
  }
}
