/// A buffer of state as it is in the program at this moment: kept alive by the caller while a checkpoint is taken, and no longer.
public struct LiveLeaf: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Memory of the program, which it may write at any time.
    case memory
    /// A copy that was made for this checkpoint, or memory that a device writes to.
    case unwatchable
    /// Content that never changes, by the number that the caller has given it.
    case constant(Int)
  }

  public var address: UInt
  public var byteCount: Int
  public var kind: Kind
  /// Of the numbers in it: 1, 2, 4 or 8; 1 where nothing is known of them.
  public var itemBytes: Int

  public init(address: UInt, byteCount: Int, kind: Kind, itemBytes: Int = 1) {
    self.address = address
    self.byteCount = byteCount
    self.kind = kind
    self.itemBytes = itemBytes
  }

  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: byteCount == 0 ? nil : UnsafeRawPointer(bitPattern: address), count: byteCount)
  }
}
