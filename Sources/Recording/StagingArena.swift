import Glibc
import RunStore
import Synchronization

/// Memory in which the state waits for the writer: at most two regions, reused, so that their pages are there already.
///
///     training thread | writer
///     stage in A      |
///     trains          | writes A
///     stage in B      |
///     trains          | gives A back, writes B
///     stage in A      |
///
/// While both are with the writer nothing can be staged: it has fallen behind, and the checkpoint is skipped.
final class StagingArena: Sendable {
  fileprivate struct Region {
    var base: UnsafeMutableRawPointer?
    var capacity = 0
    var isWithWriter = false
    /// Since the region was last looked at: how many states it held, and what the largest of them needed.
    var uses = 0
    var neededByteCount = 0
  }

  private struct State {
    var regions: [Region] = []
    /// Of the last state.
    var byteCount = 0

    /// Whether a state of so many bytes has to wait until the writer gives a region back.
    func isFull(for byteCount: Int) -> Bool {
      let withWriter = regions.count(where: \.isWithWriter)
      return withWriter == regionCount || (withWriter > 0 && byteCount > largestWithTwoRegions)
    }
  }

  private static let regionCount = 2
  /// Of larger states only one at a time waits for the writer: to fault a second region in takes ten times as long as to copy
  /// into it, and doubles what recording takes of the machine.
  fileprivate static let largestWithTwoRegions = 32 << 20
  /// What a region may be larger than states need. All regions, with what the writer needs besides, are at most 64 MiB more than a
  /// state.
  fileprivate static let largestSpareByteCount = 16 << 20
  fileprivate static let usesUntilLookedAt = 4
  private static let hugePageByteCount = 1 << 21
  private static let unmappedAtOnce = 32 << 20
  /// Leaves begin on cache lines, in memory and so in packs too.
  private static let alignment = 64

  private let state = Mutex(State())

  init() {}

  deinit {
    state.withLock { state in
      for index in state.regions.indices { state.regions[index].unmap() }
    }
  }

  /// The memory that it has.
  var byteCount: Int { state.withLock { $0.regions.reduce(0) { $0 + $1.capacity } } }

  /// Whether `stage` would have no region for a state like the last.
  var isFull: Bool { state.withLock { $0.isFull(for: $0.byteCount) } }

  /// Copies every leaf before it returns: what happens to them afterwards is not seen. Nil while the regions are with the
  /// writer; throws where there is no memory to spare. `lentByteCount`: of copies that belong to the state and lie elsewhere.
  func stage(leaves: [UnsafeRawBufferPointer], lentByteCount: Int = 0) throws(ErrorNumber) -> StagedLeaves? {
    var byteCount = 0
    let ranges = leaves.map { leaf in
      defer { byteCount = Self.roundUp(byteCount + leaf.count, to: Self.alignment) }
      return byteCount..<byteCount + leaf.count
    }
    let begin = Clock.seconds
    guard let (index, base) = try takeRegion(holding: byteCount, besides: lentByteCount) else { return nil }
    let preparingSeconds = Clock.seconds - begin
    for (position, (leaf, range)) in zip(leaves, ranges).enumerated() {
      if let source = leaf.baseAddress { memcpy(base + range.lowerBound, source, leaf.count) }
      // What lies between two leaves is written with them: no remains of an earlier checkpoint.
      let next = position + 1 < ranges.count ? ranges[position + 1].lowerBound : range.upperBound
      memset(base + range.upperBound, 0, next - range.upperBound)
    }
    return StagedLeaves(
      base: UnsafeRawPointer(base), ranges: ranges, byteCount: byteCount + lentByteCount, preparingSeconds: preparingSeconds
    ) { [self, byteCount] in
      giveBack(index, holding: byteCount)
    }
  }

  private func takeRegion(
    holding byteCount: Int, besides lentByteCount: Int
  ) throws(ErrorNumber) -> (Int, UnsafeMutableRawPointer)? {
    try state.withLock { state throws(ErrorNumber) in
      state.byteCount = byteCount + lentByteCount
      if state.isFull(for: state.byteCount) { return nil }
      let free = state.regions.indices.filter { !state.regions[$0].isWithWriter }
      let index = free.first { state.regions[$0].capacity >= byteCount } ?? free.first ?? state.regions.count
      if index == state.regions.count { state.regions.append(Region()) }
      if state.regions[index].capacity < byteCount { try state.regions[index].grow(toHold: byteCount) }
      if byteCount > Self.largestWithTwoRegions { for other in free where other != index { state.regions[other].unmap() } }
      state.regions[index].isWithWriter = true
      guard let base = state.regions[index].base else { preconditionFailure("A region that grew has memory.") }
      return (index, base)
    }
  }

  private func giveBack(_ index: Int, holding byteCount: Int) {
    trim(index, holding: byteCount)
    state.withLock { $0.regions[index].isWithWriter = false }
  }

  /// Gives the end of a large region back to the system once states need less of it: what was copied once and has not changed
  /// since is not copied again. The lock is not held meanwhile: the training thread may want it.
  private func trim(_ index: Int, holding byteCount: Int) {
    let spare = state.withLock { $0.regions[index].takeSpare(holding: byteCount) }
    guard let spare else { return }
    for start in stride(from: spare.lowerBound, to: spare.upperBound, by: Self.unmappedAtOnce) {
      munmap(UnsafeMutableRawPointer(bitPattern: start), Int(min(UInt(Self.unmappedAtOnce), spare.upperBound - start)))
    }
  }

  /// An eighth more, up to 16 MiB, since states tend to grow a little: an optimizer's in the first step, histories all along.
  fileprivate static func capacity(holding byteCount: Int) -> Int {
    roundUp(max(byteCount + min(byteCount / 8, 16 << 20), 1), to: hugePageByteCount)
  }

  private static func roundUp(_ number: Int, to multiple: Int) -> Int { (number + multiple - 1) / multiple * multiple }
}

extension StagingArena.Region {
  fileprivate mutating func grow(toHold byteCount: Int) throws(ErrorNumber) {
    let needed = StagingArena.capacity(holding: byteCount)
    // A checkpoint is never worth the out-of-memory killer.
    if let available = AvailableMemory.byteCount, needed - capacity > available / 2 { throw ErrorNumber(code: ENOMEM) }
    unmap()  // before there is a new one: both together would be more than a state may take
    let new = mmap(nil, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let new, new != MAP_FAILED else { throw .current }
    // Only advice, the one and the other: small pages do as well, and so do pages that come as they are touched.
    madvise(new, needed, MADV_HUGEPAGE)
    madvise(new, needed, MADV_POPULATE_WRITE)
    (base, capacity) = (new, needed)
  }

  fileprivate mutating func unmap() {
    if let base { munmap(base, capacity) }
    (base, capacity, uses, neededByteCount) = (nil, 0, 0, 0)
  }

  /// After a state of so many bytes: what is to be given back, if anything is. States differ, as with and without gradients, and to
  /// fault memory in again takes long: unless one needs next to nothing, several in a row have to need less.
  fileprivate mutating func takeSpare(holding byteCount: Int) -> Range<UInt>? {
    let kept = StagingArena.capacity(holding: byteCount)
    uses += 1
    neededByteCount = max(neededByteCount, kept)
    let isNearlyEmpty = capacity > max(StagingArena.largestSpareByteCount, 4 * kept)
    guard isNearlyEmpty || uses == StagingArena.usesUntilLookedAt, let base else { return nil }
    let needed = isNearlyEmpty ? kept : neededByteCount
    (uses, neededByteCount) = (0, 0)
    guard isNearlyEmpty || capacity - needed > StagingArena.largestSpareByteCount else { return nil }
    defer { capacity = needed }
    return UInt(bitPattern: base) + UInt(needed)..<UInt(bitPattern: base) + UInt(capacity)
  }
}

/// A state as it was at one point of the program, until `release`.
///
/// Sendable unchecked: the memory is not written between staging and `release`, and the writer alone reads it.
final class StagedLeaves: @unchecked Sendable {
  /// Of the state, wherever it lies.
  let byteCount: Int
  /// What it took to have the memory there; next to nothing where a region was used again.
  let preparingSeconds: Double
  private let base: UnsafeRawPointer
  /// Where the leaves lie in `bytes(in:)`; between them are zeros, up to the next multiple of 64.
  let ranges: [Range<Int>]
  private let giveBack: @Sendable () -> Void
  private let released = Atomic(false)

  init(
    base: UnsafeRawPointer, ranges: [Range<Int>], byteCount: Int, preparingSeconds: Double,
    giveBack: @escaping @Sendable () -> Void
  ) {
    self.base = base
    self.ranges = ranges
    self.byteCount = byteCount
    self.preparingSeconds = preparingSeconds
    self.giveBack = giveBack
  }

  func bytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// Once, by whoever reads last.
  func release() {
    giveBack()
    released.store(true, ordering: .releasing)
  }

  /// Whether nobody reads of it any more, nor of the copies that were lent with it.
  var isReleased: Bool { released.load(ordering: .acquiring) }
}
