import Glibc
import RunModel
import RunStore
import Synchronization

/// Which leaves are known to be what the run holds already, so that they need neither be copied nor written.
///
///     training thread                    | writer
///     checkpoint 1: copies the leaf      |
///     trains                             | writes it: the run holds the bytes
///                                        | watches the leaf's pages, then compares live bytes with written ones: equal, so
///                                        |   the leaf is still, for as long as nobody writes to its pages
///     checkpoint 2: asks the kernel;     |
///       unwritten, so it is not copied   |
///
/// What is still is proved at the moment of the checkpoint; nothing is decided by what the bytes are later. Leaves that change
/// are copied every time, and seldom watched: that costs the program a page fault for each page that it writes.
///
/// The writer alone makes and removes entries; the training thread only takes their stillness away.
final class StillLeaves: Sendable {
  /// Where a leaf lies.
  struct Place: Hashable, Sendable {
    var address: UInt
    var byteCount: Int

    var pages: WriteTracker.Pages { WriteTracker.pages(address, byteCount) }
  }

  /// A leaf that may be still.
  struct Candidate: Sendable {
    var place: Place
    var record: LeafRecord
  }

  /// Proved equal to what the run holds since its pages are watched. The bytes before and behind its whole pages are kept.
  fileprivate struct Still {
    var record: LeafRecord
    var head: [UInt8]
    var tail: [UInt8]
  }

  fileprivate struct Entry {
    /// Of the bytes that were last copied.
    var hash: ContentHash
    /// How many copies in a row found the same.
    var equalCopies = 0
    /// How often it was written although it had been still.
    var writes = 0
    var still: Still?
  }

  private struct State {
    var entries: [Place: Entry] = [:]
    var constants: [Int: LeafRecord] = [:]
    /// No longer still, but watched as yet.
    var written: [Place] = []
    /// Of the candidates that wait for their proof.
    var unprovedByteCount = 0
  }

  /// Copying less takes no time to speak of.
  static let smallestByteCount = 1 << 20
  private static let largestCopiedOnceMore = 64 << 20
  private static let sampleByteCount = 64
  private static let sampleCount = 256
  private static let pieceByteCount = 1 << 20

  private let tracker: WriteTracker?
  private let state = Mutex(State())

  init(tracker: WriteTracker?) { self.tracker = tracker }

  private static func place(of leaf: LiveLeaf) -> Place? {
    guard leaf.kind == .memory, leaf.byteCount >= smallestByteCount else { return nil }
    return Place(address: leaf.address, byteCount: leaf.byteCount)
  }
}

// MARK: - Training thread

extension StillLeaves {
  /// Where the run holds what `leaf` is at this moment; nil where it has to be copied.
  func held(_ leaf: LiveLeaf) -> LeafRecord? {
    if case .constant(let content) = leaf.kind { return state.withLock { $0.constants[content] } }
    guard let tracker, let place = Self.place(of: leaf) else { return nil }
    return state.withLock { state -> LeafRecord? in
      guard let still = state.entries[place]?.still else { return nil }
      if tracker.isUnwritten(place.pages), Self.hasEdges(of: still, leaf) { return still.record }
      state.entries[place]?.takeStillness()
      state.written.append(place)
      return nil
    }
  }

  /// Whether so much is about to be proved still that it is better to wait with the next checkpoint than to copy it once more.
  var isBusy: Bool { state.withLock { $0.unprovedByteCount > Self.largestCopiedOnceMore } }

  /// Whether the leaf is copied for the first time, and perhaps for the last.
  func isNew(_ leaf: LiveLeaf) -> Bool {
    guard tracker != nil, let place = Self.place(of: leaf) else { return false }
    return state.withLock { $0.entries[place] == nil }
  }

  private static func hasEdges(of still: Still, _ leaf: LiveLeaf) -> Bool {
    leaf.bytes.prefix(still.head.count).isEqual(to: still.head) && leaf.bytes.suffix(still.tail.count).isEqual(to: still.tail)
  }
}

extension StillLeaves.Entry {
  fileprivate mutating func takeStillness() {
    still = nil
    writes += 1
    equalCopies = 0
  }

  /// Whether it is worth a proof. One that was still and changed has to have rested for as many copies as it changed.
  fileprivate mutating func isCandidate(copiedAs hash: ContentHash) -> Bool {
    equalCopies = hash == self.hash ? equalCopies + 1 : 0
    self.hash = hash
    return still == nil && equalCopies >= max(1, writes)
  }
}

// MARK: - Writer

extension StillLeaves {
  /// Whether the memory of `leaf` held other bytes at the checkpoint before.
  func hasChanged(_ leaf: LiveLeaf, to hash: ContentHash) -> Bool {
    guard let place = Self.place(of: leaf) else { return false }
    return state.withLock { $0.entries[place].map { $0.hash != hash } ?? false }
  }

  /// Takes note of a checkpoint that is durable; returns the leaves for `prove`. Its copies are there still.
  func settle(_ checkpoint: StagedCheckpoint, _ records: [LeafRecord]) -> [Candidate] {
    let (gone, candidates) = state.withLock { state -> ([Place], [(Candidate, Range<Int>)]) in
      let places = Set(checkpoint.leaves.compactMap { Self.place(of: $0.live) })
      let gone = state.written + state.entries.keys.filter { state.entries[$0]?.still != nil && !places.contains($0) }
      state.written = []
      state.entries = state.entries.filter { places.contains($0.key) }
      state.constants = [:]
      var candidates: [(Candidate, Range<Int>)] = []
      for (leaf, record) in zip(checkpoint.leaves, records.dropFirst()) {
        if case .constant(let content) = leaf.live.kind { state.constants[content] = record }
        guard let place = Self.place(of: leaf.live), case .copied(let range) = leaf.source else { continue }
        if state.entries[place]?.isCandidate(copiedAs: record.hash) ?? true {
          candidates.append((Candidate(place: place, record: record), range))
        }
        if state.entries[place] == nil { state.entries[place] = Entry(hash: record.hash) }
      }
      return (gone, candidates)
    }
    for place in gone { unwatch(place) }
    guard tracker != nil else { return [] }
    let found = candidates.filter { Self.looksStill($0.0.place, checkpoint.staged.bytes(in: $0.1)) }.map(\.0)
    state.withLock { $0.unprovedByteCount = found.reduce(0) { $0 + $1.place.byteCount } }
    return found
  }

  /// Whether samples of the live bytes are as they were copied: most of what trains differs in each of them.
  private static func looksStill(_ place: Place, _ copy: UnsafeRawBufferPointer) -> Bool {
    let step = place.byteCount / sampleCount
    let offsets = (0..<sampleCount).map { $0 * step }
    guard let live = LiveMemory.read(offsets.map { place.address + UInt($0) }, byteCount: sampleByteCount) else { return false }
    return offsets.enumerated().allSatisfy { index, offset in
      let sample = live[index * sampleByteCount..<(index + 1) * sampleByteCount]
      return copy[offset..<offset + sampleByteCount].isEqual(to: sample)
    }
  }

  /// Watches the candidates' pages, then holds their bytes against what the run has of them. Stops early when told to.
  func prove(_ candidates: [Candidate], unless isEnding: () -> Bool) {
    for candidate in candidates where !isEnding() {
      let place = candidate.place
      defer { state.withLock { $0.unprovedByteCount -= place.byteCount } }
      guard let tracker, watch(place, tracker) else { continue }
      if LiveMemory.isPrivate(place.pages), let still = Self.compared(candidate, unless: isEnding) {
        state.withLock { $0.entries[place]?.still = still }
      } else {
        unwatch(place)
      }
    }
  }

  /// Part by part: the training thread may be waiting for the lock, and this one runs when nobody else does.
  private func watch(_ place: Place, _ tracker: WriteTracker) -> Bool {
    let pages = place.pages
    return stride(from: pages.lowerBound, to: pages.upperBound, by: Self.watchedAtOnce).allSatisfy { start in
      // Under the lock: between a page's being watched afresh and its other leaf's losing its stillness nobody may ask.
      state.withLock { state in
        tracker.watch(start..<min(start + UInt(Self.watchedAtOnce), pages.upperBound)) { written in
          for (other, entry) in state.entries where entry.still != nil && other.pages.overlaps(written) {
            state.entries[other]?.takeStillness()
          }
        }
      }
    }
  }

  private static let watchedAtOnce = 16 << 20

  /// Nil where the live bytes are not those of the record.
  private static func compared(_ candidate: Candidate, unless isEnding: () -> Bool) -> Still? {
    let place = candidate.place
    let end = place.address + UInt(place.byteCount)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceByteCount, alignment: 64)
    defer { buffer.deallocate() }
    var still = Still(record: candidate.record, head: [], tail: [])
    var stream = HashStream()
    for start in stride(from: place.address, to: end, by: pieceByteCount) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(pieceByteCount, Int(end - start))])
      guard !isEnding(), LiveMemory.read(start, into: piece) else { return nil }
      stream.update(UnsafeRawBufferPointer(piece))
      if start == place.address { still.head = Array(piece.prefix(Int(place.pages.lowerBound - start))) }
      // The bytes behind the last whole page may begin in the piece before the last.
      still.tail += piece.suffix(Int(max(start + UInt(piece.count), place.pages.upperBound) - max(start, place.pages.upperBound)))
    }
    guard stream.hash == candidate.record.hash else { return nil }
    return still
  }

  private func unwatch(_ place: Place) {
    let isShared = state.withLock { state in
      state.entries.contains { $0.value.still != nil && $0.key.pages.overlaps(place.pages) }
    }
    if !isShared { tracker?.unwatch(place.pages) }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate func isEqual(to bytes: some Collection<UInt8>) -> Bool {
    guard count == bytes.count, let start = UnsafeRawBufferPointer(rebasing: self).baseAddress else { return bytes.isEmpty }
    let isEqual = bytes.withContiguousStorageIfAvailable { other in
      other.baseAddress.map { memcmp(start, $0, other.count) == 0 } ?? true
    }
    return isEqual ?? elementsEqual(bytes)
  }
}
