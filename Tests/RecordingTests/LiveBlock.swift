import Glibc
import Recording

/// Memory of a program that is being recorded: whole pages, of which a leaf may take all or a part.
final class LiveBlock {
  let byteCount: Int
  private(set) var base: UnsafeMutableRawPointer

  /// Filled with bytes that are not all the same.
  init(byteCount: Int) {
    self.byteCount = byteCount
    base = Self.map(nil, byteCount)
    for word in stride(from: 0, to: byteCount, by: 4096) {
      base.storeBytes(of: word &* 2_654_435_761, toByteOffset: word, as: Int.self)
    }
  }

  deinit { munmap(base, byteCount) }

  private static func map(_ address: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer {
    let fixed = address == nil ? 0 : MAP_FIXED
    let base = mmap(address, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0)
    guard let base, base != MAP_FAILED else { preconditionFailure("no memory for a test") }
    return base
  }

  subscript(_ offset: Int) -> UInt8 {
    get { base.load(fromByteOffset: offset, as: UInt8.self) }
    set { base.storeBytes(of: newValue, toByteOffset: offset, as: UInt8.self) }
  }

  func bytes(_ range: Range<Int>) -> [UInt8] { Array(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)) }

  func leaf(_ range: Range<Int>, kind: LiveLeaf.Kind = .memory) -> LiveLeaf {
    LiveLeaf(address: UInt(bitPattern: base + range.lowerBound), byteCount: range.count, kind: kind)
  }

  /// The kernel writes for the program, as in `readinto`.
  func writeBySystemCall(_ offset: Int, _ byte: UInt8) {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    withUnsafePointer(to: byte) { _ = write(ends[1], $0, 1) }
    precondition(read(ends[0], base + offset, 1) == 1)
    for end in ends { close(end) }
  }

  /// An allocator gives pages back: they are there, and zero.
  func giveBack(_ range: Range<Int>) { madvise(base + range.lowerBound, range.count, MADV_DONTNEED) }

  /// Freed, and another block takes its place.
  func mapAnew() { base = Self.map(base, byteCount) }

  /// Moved, as `realloc` does; what lies at the old address then is something else.
  func move() {
    let old = base
    base = Self.map(nil, byteCount)
    memcpy(base, old, byteCount)
    munmap(old, byteCount)
  }
}
