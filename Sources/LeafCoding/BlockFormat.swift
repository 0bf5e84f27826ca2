/// How an encoded leaf is laid out: block after block, each of which says how long it is (`docs/run-format.md`).
public enum BlockFormat {
  /// What a block holds once it is decoded; the last one of a leaf holds the rest.
  public static let decodedByteCount = 1 << 18
  /// Bytes of the numbers that planes are made of.
  public static let itemByteCounts = [1, 2, 4, 8]
  static let lengthByteCount = 4

  /// The most that a block of `byteCount` bytes takes once it is encoded.
  public static func largestEncoding(of byteCount: Int, itemBytes: Int) -> Int { byteCount + lengthByteCount * itemBytes }

  /// The least that `byteCount` bytes take once they are encoded: what every block says of its planes.
  public static func smallestEncoding(of byteCount: Int, itemBytes: Int) -> Int {
    (byteCount / decodedByteCount + (byteCount % decodedByteCount == 0 ? 0 : 1)) * lengthByteCount * itemBytes
  }

  /// How long the block is that begins at `offset`.
  public static func byteCount(ofBlockAt offset: Int, in byteCount: Int) -> Int { min(decodedByteCount, byteCount - offset) }
}

/// The memory that coders work in: a few blocks, however long the leaf.
///
/// Sendable unchecked: it cannot be copied, so whoever has it is alone with its memory.
public struct BlockBuffer: ~Copyable, @unchecked Sendable {
  public let bytes: UnsafeMutableRawBufferPointer

  public init(byteCount: Int = BlockFormat.decodedByteCount) {
    bytes = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit { bytes.deallocate() }

  public func prefix(_ count: Int) -> UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)) }
}
