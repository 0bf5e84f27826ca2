import RunStore

/// The files of one run in memory, for reading.
struct MemoryFileSystem: FileSystem {
  /// By path.
  var files: [String: [UInt8]]
  private let paths: [String]

  init(_ files: [String: [UInt8]]) {
    self.files = files
    paths = files.keys.sorted()
  }

  func open(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32 {
    guard purpose == .reading, let index = paths.firstIndex(of: path), files[path] != nil else { throw .noSuchFile }
    return Int32(index)
  }

  func read(into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int) throws(ErrorNumber) -> Int {
    guard let content = files[paths[Int(descriptor)]], offset >= 0, offset < content.count else { return 0 }
    let count = min(bytes.count, content.count - offset)
    bytes.copyBytes(from: content[offset..<offset + count])
    return count
  }

  func names(in path: String) throws(ErrorNumber) -> [String] {
    let inner = files.keys.filter { $0.hasPrefix(path + "/") }.map { $0.dropFirst(path.count + 1).prefix { $0 != "/" } }
    if inner.isEmpty { throw .noSuchFile }
    return Set(inner.map(String.init)).sorted()
  }

  func status(of path: String) throws(ErrorNumber) -> FileStatus {
    if let content = files[path] { return FileStatus(byteCount: content.count, isDirectory: false, modifiedNanoseconds: 0) }
    guard files.keys.contains(where: { $0.hasPrefix(path + "/") }) else { throw .noSuchFile }
    return FileStatus(byteCount: 0, isDirectory: true, modifiedNanoseconds: 0)
  }

  func close(_ descriptor: Int32) throws(ErrorNumber) {}
  func availableByteCount(at path: String) throws(ErrorNumber) -> Int { 0 }

  // Readers change nothing.
  private static let readOnly = ErrorNumber.inputOutput
  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) -> Int { throw Self.readOnly }
  func synchronize(_ descriptor: Int32) throws(ErrorNumber) { throw Self.readOnly }
  func writeBack(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber) { throw Self.readOnly }
  func truncate(_ descriptor: Int32, to byteCount: Int) throws(ErrorNumber) { throw Self.readOnly }
  func rename(_ path: String, to newPath: String) throws(ErrorNumber) { throw Self.readOnly }
  func remove(_ path: String) throws(ErrorNumber) { throw Self.readOnly }
  func makeDirectory(_ path: String) throws(ErrorNumber) { throw Self.readOnly }
  func removeDirectory(_ path: String) throws(ErrorNumber) { throw Self.readOnly }
}
