import LeafCoding
import RunModel
import RunStore

/// What saves most of one leaf, as found on its first blocks; its next versions are stored likewise, until it is tried again.
struct LeafHabit {
  /// As the leaf itself; nil where that saves nothing.
  private(set) var whole: BlockEncoder.Effort?
  /// As what it differs from its last version; nil where that saves nothing more.
  private(set) var difference: BlockEncoder.Effort?
  var uses = 0

  private var wasTried = false
  private var knowsDifference = false

  private static let triedBlocks = 2
  private static let usesUntilTrial = 8
  private static let largestShareWorthwhile = 0.98
  /// Looking for matches takes three times as long.
  private static let largestShareOfMatches = 0.9

  init() {}

  /// Whether it has to be tried, for the first time or once more.
  func isDue(hasEarlier: Bool) -> Bool {
    !wasTried || (hasEarlier && (!knowsDifference || uses >= Self.usesUntilTrial))
  }

  init(trying leaf: LeafStorage.Fresh, since earlier: LeafRecord?, _ encoder: BlockEncoder, _ packs: PackFiles) {
    wasTried = true
    knowsDifference = earlier != nil
    let bytes = UnsafeRawBufferPointer(rebasing: leaf.bytes.prefix(Self.triedBlocks * BlockFormat.decodedByteCount))
    let asWhole = Self.smallest { Self.encodedByteCount(bytes, leaf.itemBytes, $0, nil, encoder) }
    let isWorthwhile = asWhole.byteCount < Self.share(Self.largestShareWorthwhile, bytes.count)
    whole = isWorthwhile ? asWhole.effort : nil
    guard let earlier else { return }
    let asDifference = Self.smallest { effort in
      Self.encodedByteCount(bytes, leaf.itemBytes, effort, try? LeafBlocks(earlier, in: packs), encoder)
    }
    let bound = isWorthwhile ? asWhole.byteCount : bytes.count
    difference = asDifference.byteCount < Self.share(Self.largestShareWorthwhile, bound) ? asDifference.effort : nil
  }

  private static func share(_ share: Double, _ byteCount: Int) -> Int { Int(share * Double(byteCount)) }

  private static func smallest(
    _ encodedByteCount: (BlockEncoder.Effort) -> Int
  ) -> (effort: BlockEncoder.Effort, byteCount: Int) {
    let (literals, matches) = (encodedByteCount(.literals), encodedByteCount(.matches))
    return matches < share(largestShareOfMatches, literals) ? (.matches, matches) : (.literals, literals)
  }

  private static func encodedByteCount(
    _ bytes: UnsafeRawBufferPointer, _ itemBytes: Int, _ effort: BlockEncoder.Effort, _ earlier: LeafBlocks?,
    _ encoder: BlockEncoder
  ) -> Int {
    let output = BlockBuffer(
      byteCount: BlockFormat.largestEncoding(of: BlockFormat.decodedByteCount, itemBytes: itemBytes))
    encoder.begin()
    var total = 0
    for start in stride(from: 0, to: bytes.count, by: BlockFormat.decodedByteCount) {
      let end = min(start + BlockFormat.decodedByteCount, bytes.count)
      let block = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
      // Not readable: then the leaf is as good as the whole of it.
      let before = earlier.flatMap { try? $0.next() }
      total += encoder.encode(block, since: before, itemBytes: itemBytes, effort: effort, into: output.bytes)
    }
    return total
  }
}
