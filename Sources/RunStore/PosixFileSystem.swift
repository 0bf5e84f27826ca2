import CKernel
import Glibc

/// The operating system's files. Folders are mode 0700, files 0600; descriptors do not outlive an exec.
public struct PosixFileSystem: FileSystem {
  public init() {}

  public func open(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32 {
    let flags: Int32 =
      switch purpose {
      case .reading: O_RDONLY
      // What is written after a truncation follows what was left.
      case .creating: O_WRONLY | O_CREAT | O_EXCL | O_APPEND
      case .replacing: O_WRONLY | O_CREAT | O_TRUNC
      case .directory: O_RDONLY | O_DIRECTORY
      }
    return try checked(Glibc.open(path, flags | O_CLOEXEC, 0o600))
  }

  public func close(_ descriptor: Int32) throws(ErrorNumber) {
    // Linux closes the descriptor even where close(2) was interrupted.
    if Glibc.close(descriptor) != 0, errno != EINTR { throw .current }
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) -> Int {
    try checked(Glibc.write(descriptor, bytes.baseAddress, bytes.count))
  }

  public func read(
    into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int
  ) throws(ErrorNumber) -> Int {
    try checked(pread(descriptor, bytes.baseAddress, bytes.count, offset))
  }

  public func synchronize(_ descriptor: Int32) throws(ErrorNumber) {
    try checked(fsync(descriptor))
  }

  public func writeBack(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber) {
    try checked(file_write_back(descriptor, range.lowerBound, range.count, waits ? 1 : 0))
  }

  public func truncate(_ descriptor: Int32, to byteCount: Int) throws(ErrorNumber) {
    try uninterrupted { ftruncate(descriptor, byteCount) }
  }

  public func rename(_ path: String, to newPath: String) throws(ErrorNumber) {
    try uninterrupted { Glibc.rename(path, newPath) }
  }

  public func share(_ path: String, as newPath: String) throws(ErrorNumber) {
    do {
      try uninterrupted { link(path, newPath) }
    } catch let error where [EPERM, EXDEV, EMLINK, EOPNOTSUPP].contains(error.code) {
      // Not every device knows second names.
      try copy(path, to: newPath)
    }
  }

  public func remove(_ path: String) throws(ErrorNumber) {
    try uninterrupted { unlink(path) }
  }

  public func makeDirectory(_ path: String) throws(ErrorNumber) {
    try uninterrupted { mkdir(path, 0o700) }
  }

  public func removeDirectory(_ path: String) throws(ErrorNumber) {
    try uninterrupted { rmdir(path) }
  }

  public func names(in path: String) throws(ErrorNumber) -> [String] {
    guard let directory = opendir(path) else { throw .current }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw .current }
    return names
  }

  public func status(of path: String) throws(ErrorNumber) -> FileStatus {
    var status = stat()
    try checked(stat(path, &status))
    return FileStatus(
      byteCount: Int(status.st_size), isDirectory: status.st_mode & S_IFMT == S_IFDIR,
      modifiedNanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
  }

  public func availableByteCount(at path: String) throws(ErrorNumber) -> Int {
    var status = statvfs()
    try checked(statvfs(path, &status))
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// On some file systems these can be interrupted as well.
  private func uninterrupted(_ call: () -> Int32) throws(ErrorNumber) {
    while call() != 0 {
      if errno != EINTR { throw .current }
    }
  }

  @discardableResult
  private func checked<Number: SignedInteger>(_ result: Number) throws(ErrorNumber) -> Number {
    if result < 0 { throw .current }
    return result
  }
}
