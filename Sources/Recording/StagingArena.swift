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
  private struct Region {
    var base: UnsafeMutableRawPointer
    var capacity: Int
    var isWithWriter: Bool
  }

  private static let regionCount = 2
  /// Of larger states only one at a time waits for the writer: to fault a second region in takes ten times as long as to copy
  /// into it, and doubles what recording takes of the machine.
  private static let largestWithTwoRegions = 64 << 20
  private static let hugePageByteCount = 1 << 21
  private static let unmappedAtOnce = 32 << 20
  /// Leaves begin on cache lines, in memory and so in packs too.
  private static let alignment = 64

  private let regions = Mutex<[Region]>([])

  init() {}

  deinit {
    regions.withLock { regions in
      for region in regions { munmap(region.base, region.capacity) }
    }
  }

  /// The memory that it has.
  var byteCount: Int { regions.withLock { $0.reduce(0) { $0 + $1.capacity } } }

  /// Whether `stage` would have no region for a state like the last.
  var isFull: Bool {
    regions.withLock { regions in
      regions.allSatisfy(\.isWithWriter) && !Self.mayAddRegion(regions, holding: regions.last?.capacity ?? 0)
    }
  }

  private static func mayAddRegion(_ regions: [Region], holding byteCount: Int) -> Bool {
    regions.isEmpty || (regions.count < regionCount && byteCount <= largestWithTwoRegions)
  }

  /// Copies every leaf before it returns: what happens to them afterwards is not seen. Nil while the regions are with the
  /// writer; throws where there is no memory to spare.
  func stage(leaves: [UnsafeRawBufferPointer]) throws(ErrorNumber) -> StagedLeaves? {
    var byteCount = 0
    let ranges = leaves.map { leaf in
      defer { byteCount = Self.roundUp(byteCount + leaf.count, to: Self.alignment) }
      return byteCount..<byteCount + leaf.count
    }
    let begin = Clock.seconds
    guard let (index, base) = try takeRegion(holding: byteCount) else { return nil }
    let preparingSeconds = Clock.seconds - begin
    for (position, (leaf, range)) in zip(leaves, ranges).enumerated() {
      if let source = leaf.baseAddress { memcpy(base + range.lowerBound, source, leaf.count) }
      // What lies between two leaves is written with them: no remains of an earlier checkpoint.
      let next = position + 1 < ranges.count ? ranges[position + 1].lowerBound : range.upperBound
      memset(base + range.upperBound, 0, next - range.upperBound)
    }
    return StagedLeaves(base: UnsafeRawPointer(base), ranges: ranges, preparingSeconds: preparingSeconds) {
      [self, byteCount] in
      giveBack(index, holding: byteCount)
    }
  }

  private func takeRegion(holding byteCount: Int) throws(ErrorNumber) -> (Int, UnsafeMutableRawPointer)? {
    try regions.withLock { regions throws(ErrorNumber) in
      let free = regions.indices.filter { !regions[$0].isWithWriter }
      if let index = free.first(where: { regions[$0].capacity >= byteCount }) {
        regions[index].isWithWriter = true
        return (index, regions[index].base)
      }
      let added = Self.mayAddRegion(regions, holding: byteCount) ? regions.count : nil
      guard let index = free.first ?? added else { return nil }
      try grow(&regions, index, byteCount)
      regions[index].isWithWriter = true
      return (index, regions[index].base)
    }
  }

  private func grow(_ regions: inout [Region], _ index: Int, _ byteCount: Int) throws(ErrorNumber) {
    let capacity = Self.capacity(holding: byteCount)
    let old = index < regions.count ? regions[index].capacity : 0
    // A checkpoint is never worth the out-of-memory killer.
    if let available = AvailableMemory.byteCount, capacity - old > available / 2 { throw ErrorNumber(code: ENOMEM) }
    let base = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let base, base != MAP_FAILED else { throw .current }
    // Only advice, the one and the other: small pages do as well, and so do pages that come as they are touched.
    madvise(base, capacity, MADV_HUGEPAGE)
    madvise(base, capacity, MADV_POPULATE_WRITE)
    let region = Region(base: base, capacity: capacity, isWithWriter: false)
    if index < regions.count {
      munmap(regions[index].base, regions[index].capacity)
      regions[index] = region
    } else {
      regions.append(region)
    }
  }

  private func giveBack(_ index: Int, holding byteCount: Int) {
    trim(index, holding: byteCount)
    regions.withLock { $0[index].isWithWriter = false }
  }

  /// Gives the end of a large region back to the system once a state needs little of it: what was copied once and has not
  /// changed since is not copied again. The lock is not held meanwhile: the training thread may want it.
  private func trim(_ index: Int, holding byteCount: Int) {
    let kept = Self.capacity(holding: byteCount)
    let spare = regions.withLock { regions -> Range<UInt>? in
      let region = regions[index]
      guard region.capacity > max(Self.largestWithTwoRegions, 4 * kept) else { return nil }
      regions[index].capacity = kept
      return UInt(bitPattern: region.base) + UInt(kept)..<UInt(bitPattern: region.base) + UInt(region.capacity)
    }
    guard let spare else { return }
    for start in stride(from: spare.lowerBound, to: spare.upperBound, by: Self.unmappedAtOnce) {
      munmap(UnsafeMutableRawPointer(bitPattern: start), Int(min(UInt(Self.unmappedAtOnce), spare.upperBound - start)))
    }
  }

  /// An eighth more, since states tend to grow a little: an optimizer's in the first step, histories all along.
  private static func capacity(holding byteCount: Int) -> Int {
    roundUp(max(byteCount + byteCount / 8, 1), to: hugePageByteCount)
  }

  private static func roundUp(_ number: Int, to multiple: Int) -> Int { (number + multiple - 1) / multiple * multiple }
}

/// A state as it was at one point of the program, until `release`.
///
/// Sendable unchecked: the memory is not written between staging and `release`, and the writer alone reads it.
final class StagedLeaves: @unchecked Sendable {
  /// What it took to have the memory there; next to nothing where a region was used again.
  let preparingSeconds: Double
  private let base: UnsafeRawPointer
  /// Where the leaves lie in `bytes(in:)`; between them are zeros, up to the next multiple of 64.
  let ranges: [Range<Int>]
  private let giveBack: @Sendable () -> Void

  init(
    base: UnsafeRawPointer, ranges: [Range<Int>], preparingSeconds: Double, giveBack: @escaping @Sendable () -> Void
  ) {
    self.base = base
    self.ranges = ranges
    self.preparingSeconds = preparingSeconds
    self.giveBack = giveBack
  }

  func bytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// Once, by whoever reads last.
  func release() { giveBack() }
}
