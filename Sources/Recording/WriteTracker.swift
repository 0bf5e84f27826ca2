import CMemory
import Glibc
import Synchronization

/// Tells whether memory was written, whoever wrote it: asked of the kernel (Linux 6.7), page by page.
///
/// Reading a watched page costs nothing. The first write to it costs the program a page fault, the others cost nothing. What
/// needs no page fault is not seen: a device that writes into memory that was pinned for it, another process in shared memory.
/// So only private memory may be watched, and none that is pinned.
final class WriteTracker: Sendable {
  typealias Pages = Range<UInt>

  static let pageByteCount = UInt(getpagesize())

  private let tracking: MemoryTracking

  /// Nil where the kernel does not offer it, or does not do as it says.
  init?() {
    var tracking = MemoryTracking()
    guard memory_tracking_open(&tracking) == 0 else { return nil }
    self.tracking = tracking
    guard Self.keepsItsWord(self) else { return nil }
  }

  deinit { withUnsafePointer(to: tracking) { memory_tracking_close($0) } }

  /// The whole pages inside `byteCount` bytes from `address` on.
  static func pages(_ address: UInt, _ byteCount: Int) -> Pages {
    let start = (address + pageByteCount - 1) / pageByteCount * pageByteCount
    return start..<max(start, (address + UInt(byteCount)) / pageByteCount * pageByteCount)
  }

  /// Watches `pages` from now on; `written` is told which of them were written since they were last watched, and those that
  /// never were. False where they cannot be watched.
  func watch(_ pages: Pages, written: (Pages) -> Void) -> Bool {
    guard withTracking({ memory_tracking_add($0, Self.range(pages)) }) == 0 else { return false }
    var rest = Self.range(pages)
    var found = [MemoryRange](repeating: MemoryRange(), count: 64)
    while rest.start < rest.end {
      let count = withTracking { memory_tracking_watch($0, &rest, &found, found.count) }
      guard count >= 0 else { return false }
      for range in found.prefix(count) { written(range.start..<range.end) }
    }
    return true
  }

  /// Whether `pages` are as they were when they were last watched. False also where they are another memory by now.
  func isUnwritten(_ pages: Pages) -> Bool {
    withTracking { memory_tracking_is_unwritten($0, Self.range(pages)) } == 1
  }

  /// Writes to `pages` cost nothing any more. In small parts: a page fault elsewhere has to wait for each.
  func unwatch(_ pages: Pages) {
    for start in stride(from: pages.lowerBound, to: pages.upperBound, by: Self.unwatchedAtOnce) {
      let end = min(start + UInt(Self.unwatchedAtOnce), pages.upperBound)
      withTracking { memory_tracking_remove($0, Self.range(start..<end)) }
    }
  }

  private static let unwatchedAtOnce = 32 << 20

  private func withTracking<Result>(_ body: (UnsafePointer<MemoryTracking>) -> Result) -> Result {
    withUnsafePointer(to: tracking, body)
  }

  private static func range(_ pages: Pages) -> MemoryRange { MemoryRange(start: pages.lowerBound, end: pages.upperBound) }

  /// Tried on pages of our own: a system that only says that it watches (an emulated kernel, say) would have changes missed.
  private static func keepsItsWord(_ tracker: WriteTracker) -> Bool {
    let byteCount = Int(4 * pageByteCount)
    guard let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
    else { return false }
    defer { munmap(base, byteCount) }
    memset(base, 1, byteCount)
    let pages = Self.pages(UInt(bitPattern: base), byteCount)
    func watched() -> Bool { tracker.watch(pages) { _ in } && tracker.isUnwritten(pages) }
    guard !tracker.isUnwritten(pages), watched() else { return false }
    base.storeBytes(of: 2, toByteOffset: Int(2 * pageByteCount), as: UInt8.self)
    guard !tracker.isUnwritten(pages), watched() else { return false }
    madvise(base + Int(pageByteCount), Int(pageByteCount), MADV_DONTNEED)
    return !tracker.isUnwritten(pages)
  }
}

/// Reading memory that the program may free meanwhile.
enum LiveMemory {
  /// False where some of it is not there any more.
  static func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let base = buffer.baseAddress else { return true }
    return withUnsafePointer(to: address) { memory_read(base, $0, 1, buffer.count) } == 0
  }

  /// `byteCount` bytes from each of `places`, one after the other.
  static func read(_ places: [UInt], byteCount: Int) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: places.count * byteCount) { buffer, count in
      count = places.count * byteCount
      failed = buffer.baseAddress.map { memory_read($0, places, places.count, byteCount) != 0 } ?? false
      if failed { buffer.initialize(repeating: 0) }
    }
    return failed ? nil : bytes
  }

  static func isPrivate(_ pages: WriteTracker.Pages) -> Bool {
    memory_is_private(MemoryRange(start: pages.lowerBound, end: pages.upperBound)) == 1
  }
}
