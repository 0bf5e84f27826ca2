import LeafCoding
import RunStore

/// Writes one pack from its beginning to its end, and has the system bring it to the device meanwhile: then the last
/// synchronization finds little to do.
final class PackWriter {
  private static let bufferByteCount = 4 << 20
  /// What is longer is written from where it is.
  private static let largestBuffered = 1 << 20
  private static let writeBackByteCount = 8 << 20
  /// Raw leaves begin on cache lines.
  private static let alignment = 64

  private let descriptor: Int32
  private let fileSystem: any FileSystem
  private let buffer = BlockBuffer(byteCount: bufferByteCount)
  private var bufferedByteCount = 0
  private var writtenByteCount = 0
  /// What the system was told to bring to the device.
  private var broughtByteCount = 0
  /// How long writing took so far.
  private(set) var writingSeconds = 0.0
  /// Of the device, as measured on a part of this pack.
  private(set) var deviceBytesPerSecond: Double?

  init(descriptor: Int32, fileSystem: any FileSystem) {
    self.descriptor = descriptor
    self.fileSystem = fileSystem
  }

  /// Where what comes next will be.
  var offset: Int { writtenByteCount + bufferedByteCount }

  func align() throws(ErrorNumber) {
    let count = (Self.alignment - offset % Self.alignment) % Self.alignment
    let gap = try room(for: count)
    UnsafeMutableRawBufferPointer(rebasing: gap[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
    bufferedByteCount += count
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ErrorNumber) {
    if bytes.count > Self.largestBuffered {
      try flush()
      for start in stride(from: 0, to: bytes.count, by: Self.bufferByteCount) {
        try write(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.bufferByteCount, bytes.count)]))
      }
    } else {
      let room = try room(for: bytes.count)
      UnsafeMutableRawBufferPointer(rebasing: room[..<bytes.count]).copyMemory(from: bytes)
      bufferedByteCount += bytes.count
    }
  }

  /// Room for `byteCount` bytes, up to a mebibyte of them, to be filled from its beginning, as far as `filled` says then.
  func room(for byteCount: Int) throws(ErrorNumber) -> UnsafeMutableRawBufferPointer {
    if bufferedByteCount + byteCount > Self.bufferByteCount { try flush() }
    return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[bufferedByteCount...])
  }

  func filled(_ byteCount: Int) { bufferedByteCount += byteCount }

  /// Everything is durable once this returns.
  func finish() throws(ErrorNumber) {
    try flush()
    try fileSystem.synchronizeFully(descriptor)
  }

  private func flush() throws(ErrorNumber) {
    if bufferedByteCount == 0 { return }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<bufferedByteCount])
    bufferedByteCount = 0
    try write(bytes)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(ErrorNumber) {
    let begin = Clock.seconds
    try fileSystem.writeAll(bytes, to: descriptor)
    writtenByteCount += bytes.count
    if writtenByteCount - broughtByteCount >= Self.writeBackByteCount { try writeBack() }
    writingSeconds += Clock.seconds - begin
  }

  /// The second part of a pack is waited for, alone: that tells how fast the device is.
  private func writeBack() throws(ErrorNumber) {
    let part = broughtByteCount..<writtenByteCount
    let isMeasured = broughtByteCount > 0 && deviceBytesPerSecond == nil
    if isMeasured { try fileSystem.writeBackFully(descriptor, 0..<part.lowerBound, waits: true) }
    let begin = Clock.seconds
    try fileSystem.writeBackFully(descriptor, part, waits: isMeasured)
    if isMeasured { deviceBytesPerSecond = Double(part.count) / max(Clock.seconds - begin, 1e-6) }
    broughtByteCount = writtenByteCount
  }
}
