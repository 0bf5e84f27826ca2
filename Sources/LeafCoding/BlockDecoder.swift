import CLeafCodec

/// Decodes what `BlockEncoder` has made, or refuses it; nothing that it is given makes it write elsewhere or take more memory.
public final class BlockDecoder {
  private let decompressor: OpaquePointer
  private let differences = BlockBuffer()
  private let planes = BlockBuffer()

  public init() {
    guard let decompressor = florpy_decompressor_new() else { fatalError("There is no memory for a decompressor.") }
    self.decompressor = decompressor
  }

  deinit { florpy_decompressor_free(decompressor) }

  /// Decodes the block at the beginning of `input` into all of `block`, and returns how much of `input` it took; nil where that is
  /// no block of this length. With `isDifference` the block holds an earlier version, and is made later.
  public func decode(
    _ input: UnsafeRawBufferPointer, itemBytes: Int, isDifference: Bool, into block: UnsafeMutableRawBufferPointer
  ) -> Int? {
    precondition(block.count <= BlockFormat.decodedByteCount && BlockFormat.itemByteCounts.contains(itemBytes))
    guard let target = block.baseAddress else { return 0 }
    let count = block.count / itemBytes
    var input = Input(bytes: input)
    for plane in 0..<itemBytes {
      guard decodePlane(from: &input, into: planes.bytes[plane * count..<(plane + 1) * count]) else { return nil }
    }
    guard let rest = input.take(block.count - count * itemBytes) else { return nil }
    if isDifference {
      florpy_planes_join(planes.bytes.baseAddress, count, itemBytes, differences.bytes.baseAddress)
      florpy_difference_apply(target, differences.bytes.baseAddress, count, itemBytes)
    } else {
      florpy_planes_join(planes.bytes.baseAddress, count, itemBytes, target)
    }
    UnsafeMutableRawBufferPointer(rebasing: block[(count * itemBytes)...]).copyMemory(from: rest)
    return input.taken
  }

  private func decodePlane(from input: inout Input, into slice: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
    let plane = UnsafeMutableRawBufferPointer(rebasing: slice)
    guard let length = input.takeLength(), length <= plane.count, let bytes = input.take(length) else { return false }
    if length == plane.count {
      plane.copyMemory(from: bytes)
      return true
    }
    return florpy_decompress(decompressor, bytes.baseAddress, bytes.count, plane.baseAddress, plane.count) == 1
  }

  private struct Input {
    let bytes: UnsafeRawBufferPointer
    var taken = 0

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
      guard count <= bytes.count - taken else { return nil }
      defer { taken += count }
      return UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + count])
    }

    mutating func takeLength() -> Int? {
      take(BlockFormat.lengthByteCount).map { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
    }
  }
}
