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
public struct HashStream: ~Copyable {
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
