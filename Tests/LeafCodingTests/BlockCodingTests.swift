import Testing

@testable import LeafCoding

/// Everything that can be encoded decodes to what it was, and what is damaged is refused or decodes to as many other bytes.
@Suite struct BlockCodingTests {
  private static let lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 255, 4096, 4099, 1 << 18]

  private func encoded(
    _ bytes: [UInt8], since earlier: [UInt8]? = nil, itemBytes: Int, effort: BlockEncoder.Effort = .literals
  ) -> [UInt8] {
    var output = [UInt8](repeating: 0xAA, count: BlockFormat.largestEncoding(of: bytes.count, itemBytes: itemBytes))
    let count = output.withUnsafeMutableBytes { output in
      bytes.withUnsafeBytes { bytes in
        guard let earlier else { return BlockEncoder().encode(bytes, itemBytes: itemBytes, effort: effort, into: output) }
        return earlier.withUnsafeBytes { earlier in
          BlockEncoder().encode(bytes, since: earlier, itemBytes: itemBytes, effort: effort, into: output)
        }
      }
    }
    return Array(output[..<count])
  }

  /// Nil where it is refused.
  private func decoded(_ input: [UInt8], _ count: Int, since earlier: [UInt8]? = nil, itemBytes: Int) -> [UInt8]? {
    // Behind the block lies what must not be touched.
    var block = (earlier ?? [UInt8](repeating: 0x55, count: count)) + [1, 2, 3, 4]
    let taken = block.withUnsafeMutableBytes { block in
      input.withUnsafeBytes { input in
        BlockDecoder().decode(
          input, itemBytes: itemBytes, isDifference: earlier != nil,
          into: UnsafeMutableRawBufferPointer(rebasing: block[..<count]))
      }
    }
    #expect(block[count...] == [1, 2, 3, 4])
    guard let taken else { return nil }
    #expect(taken <= input.count)
    return Array(block[..<count])
  }

  @Test(arguments: BlockFormat.itemByteCounts, [BlockEncoder.Effort.literals, .matches])
  func `Blocks of every length decode to what they were`(itemBytes: Int, effort: BlockEncoder.Effort) {
    for length in Self.lengths {
      for bytes in [Samples.random(length), Samples.floats(length), [UInt8](repeating: 0, count: length)] {
        let input = encoded(bytes, itemBytes: itemBytes, effort: effort)
        #expect(decoded(input, length, itemBytes: itemBytes) == bytes, "\(length) bytes")
        // What follows in the pack is another block's.
        #expect(decoded(input + [9, 9, 9], length, itemBytes: itemBytes) == bytes)
      }
    }
  }

  @Test(arguments: BlockFormat.itemByteCounts)
  func `Differences decode to the later version`(itemBytes: Int) {
    for length in Self.lengths where length > 0 {
      let earlier = Samples.floats(length)
      for later in [Samples.random(length), Samples.stepped(earlier), earlier, earlier.map { ~$0 }] {
        let input = encoded(later, since: earlier, itemBytes: itemBytes)
        #expect(decoded(input, length, since: earlier, itemBytes: itemBytes) == later, "\(length) bytes")
      }
    }
  }

  @Test func `Every bit pattern survives a difference from every other`() {
    let patterns: [UInt32] = [
      0, 1, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0001, 0xFFFF_FFFF, 0x8000_0000, 0x8000_0001, 0x7FFF_FFFF, 0x3F80_0000, 0xBF80_0000,
    ]
    func bytes(_ items: [UInt32]) -> [UInt8] { items.withUnsafeBytes { Array($0) } }
    let earlier = bytes(patterns.flatMap { pattern in patterns.map { _ in pattern } })
    let later = bytes(patterns.flatMap { _ in patterns })
    for itemBytes in BlockFormat.itemByteCounts {
      let input = encoded(later, since: earlier, itemBytes: itemBytes)
      #expect(decoded(input, later.count, since: earlier, itemBytes: itemBytes) == later)
    }
  }

  @Test func `Numbers near one another take less room than planes of them, and these less than they do`() {
    let earlier = Samples.floats(1 << 18)
    let later = Samples.stepped(earlier)
    let whole = encoded(later, itemBytes: 4).count
    let difference = encoded(later, since: earlier, itemBytes: 4).count
    #expect(whole < (1 << 18) * 9 / 10)
    #expect(difference < whole * 9 / 10)
  }

  @Test func `What cannot be made smaller grows by no more than the lengths`() {
    for itemBytes in BlockFormat.itemByteCounts {
      #expect(encoded(Samples.random(1 << 18), itemBytes: itemBytes).count == (1 << 18) + 4 * itemBytes)
    }
  }

  @Test(arguments: BlockFormat.itemByteCounts)
  func `An encoding cut anywhere is refused`(itemBytes: Int) {
    let input = encoded(Samples.floats(2003), itemBytes: itemBytes)
    for count in 0..<input.count {
      #expect(decoded(Array(input[..<count]), 2003, itemBytes: itemBytes) == nil, "first \(count) bytes")
    }
  }

  @Test(arguments: BlockFormat.itemByteCounts)
  func `A changed byte is refused or changes what is decoded, and nothing else is written`(itemBytes: Int) {
    let bytes = Samples.floats(2001)
    let input = encoded(bytes, itemBytes: itemBytes)
    for index in input.indices {
      var damaged = input
      damaged[index] ^= 1 << UInt8(index % 8)
      // A frame may have bits that mean nothing; the leaf's hash is what tells in the end.
      _ = decoded(damaged, bytes.count, itemBytes: itemBytes)
    }
  }

  @Test func `A length beyond the plane's is refused, whatever it says`() {
    let bytes = Samples.floats(4096)
    for length in [UInt32(1025), 1 << 20, .max] {
      var input = encoded(bytes, itemBytes: 4)
      withUnsafeBytes(of: length.littleEndian) { input.replaceSubrange(0..<4, with: $0) }
      #expect(decoded(input, 4096, itemBytes: 4) == nil)
    }
  }
}

/// Bytes of numbers, the same in every run.
private enum Samples {
  static func random(_ count: Int) -> [UInt8] { Array(allRandom[..<count]) }

  private static let allRandom: [UInt8] = {
    var state: UInt64 = 88_172_645_463_325_252
    return [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
      count = buffer.count
      for index in buffer.indices {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        buffer[index] = UInt8(truncatingIfNeeded: state >> 32)
      }
    }
  }()

  /// Of magnitudes that a layer's weights have, with signs.
  static func floats(_ count: Int) -> [UInt8] { Array(allFloats[..<count]) }

  private static let allFloats: [UInt8] = allRandom.withUnsafeBytes { bytes in
    let floats = bytes.bindMemory(to: UInt32.self).map { (Float($0) / Float(UInt32.max) - 0.5) * 0.1 }
    return floats.withUnsafeBytes { Array($0) }
  }

  /// Each float moved a little, as an optimizer does.
  static func stepped(_ bytes: [UInt8]) -> [UInt8] {
    var floats = [Float](repeating: 0, count: bytes.count / 4)
    floats.withUnsafeMutableBytes { $0.copyBytes(from: bytes.prefix($0.count)) }
    for index in floats.indices { floats[index] += Float(index % 7 - 3) * 1e-6 }
    return floats.withUnsafeBytes { Array($0) } + bytes.suffix(bytes.count % 4)
  }
}
