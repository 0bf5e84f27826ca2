import CLeafCodec

/// Encodes a leaf block by block.
///
/// Planes of numbers differ in what can be saved: the exponents much, the low bits of the mantissa nothing. Of which nothing was
/// saved is tried again only now and then.
public final class BlockEncoder {
  public enum Effort: Hashable, Sendable {
    /// By how often each byte comes.
    case literals
    /// Also by what repeats: a third as fast.
    case matches
  }

  /// What is less costs more time than it saves room.
  private static let smallestSavedShare = 0.02
  private static let blocksUntilNextTrial = 15

  private let compressor: OpaquePointer
  private let differences = BlockBuffer()
  private let planes = BlockBuffer()
  private var untriedBlocks = [Int](repeating: 0, count: 8)

  public init() {
    guard let compressor = florpy_compressor_new() else { fatalError("There is no memory for a compressor.") }
    self.compressor = compressor
  }

  deinit { florpy_compressor_free(compressor) }

  /// Another leaf begins: every plane is tried.
  public func begin() {
    for plane in untriedBlocks.indices { untriedBlocks[plane] = 0 }
  }

  /// Encodes `block`, as what it differs from `earlier` if that is given, and returns the length of it in `output`, which has room
  /// for `BlockFormat.largestEncoding`.
  public func encode(
    _ block: UnsafeRawBufferPointer, since earlier: UnsafeRawBufferPointer? = nil, itemBytes: Int, effort: Effort,
    into output: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(output.count >= BlockFormat.largestEncoding(of: block.count, itemBytes: itemBytes))
    precondition(block.count <= BlockFormat.decodedByteCount && earlier.map { $0.count == block.count } ?? true)
    guard let source = block.baseAddress, let target = output.baseAddress else { return 0 }
    let count = block.count / itemBytes
    if let earlier = earlier?.baseAddress {
      florpy_difference_take(source, earlier, count, itemBytes, differences.bytes.baseAddress)
      florpy_planes_split(differences.bytes.baseAddress, count, itemBytes, planes.bytes.baseAddress)
    } else {
      florpy_planes_split(source, count, itemBytes, planes.bytes.baseAddress)
    }
    var length = 0
    for plane in 0..<itemBytes {
      let bytes = UnsafeRawBufferPointer(rebasing: planes.bytes[plane * count..<(plane + 1) * count])
      let frame = target + length + BlockFormat.lengthByteCount
      let byteCount = compress(bytes, plane, effort, into: frame)
      (target + length).storeBytes(of: UInt32(byteCount).littleEndian, as: UInt32.self)
      length += BlockFormat.lengthByteCount + byteCount
    }
    let rest = UnsafeRawBufferPointer(rebasing: block[(count * itemBytes)...])
    UnsafeMutableRawBufferPointer(rebasing: output[length..<length + rest.count]).copyMemory(from: rest)
    return length + rest.count
  }

  /// Returns how many bytes are at `target`: as many as there are in the plane where they are those of the plane.
  private func compress(
    _ plane: UnsafeRawBufferPointer, _ number: Int, _ effort: Effort, into target: UnsafeMutableRawPointer
  ) -> Int {
    if untriedBlocks[number] == 0 {
      let limit = plane.count - Int(Double(plane.count) * Self.smallestSavedShare)
      let frame = florpy_compress(
        compressor, plane.baseAddress, plane.count, target, limit, effort == .literals ? FLORPY_LITERALS : FLORPY_MATCHES)
      if frame > 0 { return frame }
      untriedBlocks[number] = Self.blocksUntilNextTrial
    } else {
      untriedBlocks[number] -= 1
    }
    if let source = plane.baseAddress { target.copyMemory(from: source, byteCount: plane.count) }
    return plane.count
  }
}
