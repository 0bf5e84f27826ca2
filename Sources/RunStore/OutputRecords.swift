/// The records of `output.ops`, one after the other, without a torn tail.
public struct OutputRecords: Sequence, IteratorProtocol {
  public struct Record: Hashable, Sendable {
    public var kind: UInt8
    public var offset: Int
    /// Where in the file its bytes are.
    public var payload: Range<Int>
  }

  private static let kinds = Set("tTbBfF".utf8)
  private static let headByteCount = 5

  private let bytes: [UInt8]
  /// Where the next record begins; once iteration has ended, where the torn tail does.
  public private(set) var offset = 0
  /// The iteration ended at a byte that begins no record.
  public private(set) var endedAtUnknownKind = false

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public mutating func next() -> Record? {
    guard offset < bytes.count else { return nil }
    let kind = bytes[offset]
    guard Self.kinds.contains(kind) else {
      endedAtUnknownKind = true
      return nil
    }
    guard bytes.count - offset >= Self.headByteCount else { return nil }
    let length = bytes[offset + 1..<offset + Self.headByteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = offset + Self.headByteCount
    guard bytes.count - start >= length else { return nil }
    defer { offset = start + length }
    return Record(kind: kind, offset: offset, payload: start..<start + length)
  }
}
