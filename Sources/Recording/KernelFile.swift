import RunStore

/// Files of the kernel: they have no size to go by.
enum KernelFile {
  private static let largest = 8192

  /// The beginning of it; nil where it cannot be read.
  static func text(of path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: largest)
    let count = try? PosixFileSystem().withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in
      var total = 0
      try bytes.withUnsafeMutableBufferPointer { buffer throws(ErrorNumber) in
        total = try PosixFileSystem().readAll(into: UnsafeMutableRawBufferPointer(buffer), from: descriptor, at: 0)
      }
      return total
    }
    return count.map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }
}
