import LeafCoding
import RunModel
import RunStore

/// Decides how each leaf is stored, by what was saved of it before, and writes it.
///
/// Its last version is read back from its pack, most likely out of the system's cache, so that no copy of it is held.
struct LeafStorage {
  typealias Place = StillLeaves.Place

  /// A leaf that the run does not hold yet.
  struct Fresh {
    var bytes: UnsafeRawBufferPointer
    var hash: ContentHash
    var itemBytes: Int
    /// What its versions are known by.
    var place: Place?
  }

  /// Where leaves go: one pack, until it is finished.
  struct Target {
    let pack: PackWriter
    /// The checkpoint's.
    let number: Int
    /// For earlier versions.
    let packs: PackFiles
    let mayEncode: Bool
    /// Whether it may refer to what earlier packs hold.
    let mayDiffer: Bool
    let encoder = BlockEncoder()
  }

  static let smallestEncoded = 4096
  /// Of differences in a row. Every version that is read back takes half as long again as it takes to encode a leaf, and a third
  /// one would save less than a hundredth.
  static let mostDifferences = 2

  private var latest: [Place: LeafRecord] = [:]
  private var habits: [Place: LeafHabit] = [:]

  /// What the versions of `leaf` are known by; nil where it will have none, or none that matter.
  static func place(of leaf: LiveLeaf) -> Place? {
    if case .constant = leaf.kind { return nil }
    return leaf.byteCount < smallestEncoded ? nil : Place(address: leaf.origin, byteCount: leaf.byteCount)
  }

  /// Writes `leaf` where it belongs, encoded if that saves room and is allowed.
  mutating func write(_ leaf: Fresh, to target: Target) throws(ErrorNumber) -> LeafRecord {
    let pack = target.pack
    var record = LeafRecord(hash: leaf.hash, byteCount: leaf.bytes.count, pack: target.number, offset: pack.offset)
    if target.mayEncode, leaf.bytes.count >= Self.smallestEncoded {
      let earlier = target.mayDiffer ? earlierVersion(of: leaf) : nil
      record.encoding = try encode(leaf, habit(of: leaf, earlier, target), since: earlier, to: target)
      record.storedByteCount = pack.offset - record.offset
      if record.encoding != .raw { return record }
    }
    try pack.align()
    record.offset = pack.offset
    record.storedByteCount = record.byteCount
    try pack.append(leaf.bytes)
    return record
  }

  /// Once a checkpoint is durable: what its leaves are later versions of.
  mutating func settle(_ records: [(Place, LeafRecord)]) {
    latest = Dictionary(records) { _, later in later }
    habits = habits.filter { latest[$0.key] != nil }
  }

  private func earlierVersion(of leaf: Fresh) -> LeafRecord? {
    guard let record = leaf.place.flatMap({ latest[$0] }) else { return nil }
    return record.versions.count <= Self.mostDifferences ? record : nil
  }

  private mutating func habit(of leaf: Fresh, _ earlier: LeafRecord?, _ target: Target) -> LeafHabit {
    var habit = leaf.place.flatMap { habits[$0] } ?? LeafHabit()
    if habit.isDue(hasEarlier: earlier != nil) {
      habit = LeafHabit(trying: leaf, since: earlier, target.encoder, target.packs)
    }
    habit.uses += 1
    if let place = leaf.place { habits[place] = habit }
    return habit
  }

  /// Returns how it was encoded; `raw` where nothing was written that is of use.
  private func encode(
    _ leaf: Fresh, _ habit: LeafHabit, since earlier: LeafRecord?, to target: Target
  ) throws(ErrorNumber) -> LeafEncoding {
    let offset = target.pack.offset
    if let earlier, let effort = habit.difference, let blocks = try? LeafBlocks(earlier, in: target.packs) {
      if try encode(leaf, effort, since: blocks, to: target) { return .difference(itemBytes: leaf.itemBytes, from: earlier) }
      // An earlier version that cannot be read is no reason to fail, but what was written of the difference is in the way.
      if target.pack.offset != offset { return .raw }
    }
    guard let effort = habit.whole else { return .raw }
    _ = try encode(leaf, effort, since: nil, to: target)
    return .planes(itemBytes: leaf.itemBytes)
  }

  /// False where the earlier version cannot be read, or is not what it was.
  private func encode(
    _ leaf: Fresh, _ effort: BlockEncoder.Effort, since earlier: LeafBlocks?, to target: Target
  ) throws(ErrorNumber) -> Bool {
    let (encoder, pack) = (target.encoder, target.pack)
    encoder.begin()
    for start in stride(from: 0, to: leaf.bytes.count, by: BlockFormat.decodedByteCount) {
      let end = min(start + BlockFormat.decodedByteCount, leaf.bytes.count)
      let block = UnsafeRawBufferPointer(rebasing: leaf.bytes[start..<end])
      var before: UnsafeRawBufferPointer?
      if let earlier {
        guard let next = try? earlier.next() else { return false }
        before = next
      }
      let room = try pack.room(for: BlockFormat.largestEncoding(of: block.count, itemBytes: leaf.itemBytes))
      pack.filled(encoder.encode(block, since: before, itemBytes: leaf.itemBytes, effort: effort, into: room))
    }
    guard let earlier else { return true }
    do throws(StoreError) { return try earlier.next() == nil } catch { return false }
  }
}
