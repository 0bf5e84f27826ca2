/// A buffer of state as it is in the program at this moment: kept alive by the caller while a checkpoint is taken, and no longer.
public struct LiveLeaf: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Memory of the program, which it may write at any time.
    case memory
    /// Memory that a device writes to.
    case unwatchable
    /// A copy that was made for this checkpoint: it is kept alive, and nobody writes to it, until the checkpoint's memory is returned.
    case copy
    /// Content that never changes, by the number that the caller has given it.
    case constant(Int)
  }

  public var address: UInt
  public var byteCount: Int
  public var kind: Kind
  /// Where the program has it: the address, unless this is a copy. What its versions are known by.
  public var origin: UInt
  /// Of the numbers in it: 1, 2, 4 or 8; 1 where nothing is known of them.
  public var itemBytes: Int

  public init(address: UInt, byteCount: Int, kind: Kind, itemBytes: Int = 1, origin: UInt? = nil) {
    self.address = address
    self.byteCount = byteCount
    self.kind = kind
    self.itemBytes = itemBytes
    self.origin = origin ?? address
  }

  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: byteCount == 0 ? nil : UnsafeRawPointer(bitPattern: address), count: byteCount)
  }
}
