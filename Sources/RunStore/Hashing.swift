import CXXHash
public import RunModel

extension ContentHash {
  public init(of bytes: UnsafeRawBufferPointer) {
    self.init(florpy_hash(bytes.baseAddress, bytes.count))
  }

  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { ContentHash(of: $0) }
  }

  fileprivate init(_ parts: florpy_hash128) {
    self.init(high: parts.high, low: parts.low)
  }
}

/// A content hash of bytes that come in pieces.
///
/// Sendable unchecked: it cannot be copied, so whoever has it is alone with its pointer.
public struct HashStream: ~Copyable, @unchecked Sendable {
  private let stream: OpaquePointer

  public init() {
    guard let stream = florpy_hash_stream_new() else { fatalError("There is no memory for a hash of 128 bits.") }
    self.stream = stream
  }

  deinit { florpy_hash_stream_free(stream) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    florpy_hash_stream_update(stream, bytes.baseAddress, bytes.count)
  }

  public var hash: ContentHash { ContentHash(florpy_hash_stream_digest(stream)) }
}

/// Hashes of beginnings of the same bytes, in one pass.
public enum PrefixHashes {
  /// In the order of `lengths`; nil where there are fewer bytes.
  public static func of(_ bytes: UnsafeRawBufferPointer, lengths: [Int]) -> [ContentHash?] {
    var hashes = [ContentHash?](repeating: nil, count: lengths.count)
    var stream = HashStream()
    var place = 0
    for index in lengths.indices.sorted(by: { lengths[$0] < lengths[$1] }) where (0...bytes.count).contains(lengths[index]) {
      stream.update(UnsafeRawBufferPointer(rebasing: bytes[place..<lengths[index]]))
      place = lengths[index]
      hashes[index] = stream.hash
    }
    return hashes
  }
}
