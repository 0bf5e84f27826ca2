public import RunStore
import Synchronization

/// The operating system's files, and a log of what was done to them, so that `PowerFailure` can say what may be left of it.
public final class VolatileFileSystem: FileSystem {
  enum Operation: Sendable {
    case created(path: String, file: Int)
    case wrote(file: Int, offset: Int, bytes: [UInt8])
    case truncated(file: Int, byteCount: Int)
    case synchronized(file: Int)
    case madeDirectory(String)
    case renamed(String, to: String)
    case removed(String)
    case synchronizedDirectory(String)
  }

  private enum Target: Sendable {
    case file(Int)
    case directory(String)
  }

  private struct State {
    var operations: [Operation] = []
    var targets: [Int32: Target] = [:]
    /// By path: the file that it names now.
    var files: [String: Int] = [:]
    var byteCounts: [Int: Int] = [:]
  }

  private let base = PosixFileSystem()
  private let state = Mutex(State())

  public init() {}

  var operations: [Operation] { state.withLock { $0.operations } }
  public var operationCount: Int { state.withLock { $0.operations.count } }

  public func open(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32 {
    let descriptor = try base.open(path, for: purpose)
    state.withLock { state in
      if purpose == .directory {
        state.targets[descriptor] = .directory(path)
        return
      }
      let known = state.files[path]
      let file = known ?? state.byteCounts.count
      if known == nil {
        state.files[path] = file
        state.operations.append(.created(path: path, file: file))
      }
      if known == nil || purpose == .replacing { state.byteCounts[file] = 0 }
      if known != nil, purpose == .replacing { state.operations.append(.truncated(file: file, byteCount: 0)) }
      state.targets[descriptor] = .file(file)
    }
    return descriptor
  }

  public func close(_ descriptor: Int32) throws(ErrorNumber) {
    state.withLock { $0.targets[descriptor] = nil }
    try base.close(descriptor)
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) -> Int {
    let count = try base.write(bytes, to: descriptor)
    state.withLock { state in
      guard case .file(let file) = state.targets[descriptor] else { return }
      let offset = state.byteCounts[file] ?? 0
      state.operations.append(.wrote(file: file, offset: offset, bytes: Array(bytes.prefix(count))))
      state.byteCounts[file] = offset + count
    }
    return count
  }

  public func read(
    into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int
  ) throws(ErrorNumber) -> Int {
    try base.read(into: bytes, from: descriptor, at: offset)
  }

  public func synchronize(_ descriptor: Int32) throws(ErrorNumber) {
    try base.synchronize(descriptor)
    state.withLock { state in
      switch state.targets[descriptor] {
      case .file(let file): state.operations.append(.synchronized(file: file))
      case .directory(let path): state.operations.append(.synchronizedDirectory(path))
      case nil: break
      }
    }
  }

  /// No promise (`FileSystem`), so it counts for nothing.
  public func writeBack(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber) {
    try base.writeBack(descriptor, range, waits: waits)
  }

  public func truncate(_ descriptor: Int32, to byteCount: Int) throws(ErrorNumber) {
    try base.truncate(descriptor, to: byteCount)
    state.withLock { state in
      guard case .file(let file) = state.targets[descriptor] else { return }
      state.operations.append(.truncated(file: file, byteCount: byteCount))
      state.byteCounts[file] = byteCount
    }
  }

  public func rename(_ path: String, to newPath: String) throws(ErrorNumber) {
    try base.rename(path, to: newPath)
    state.withLock { state in
      state.operations.append(.renamed(path, to: newPath))
      state.files[newPath] = state.files.removeValue(forKey: path)
    }
  }

  public func remove(_ path: String) throws(ErrorNumber) {
    try base.remove(path)
    state.withLock { state in
      state.operations.append(.removed(path))
      state.files[path] = nil
    }
  }

  public func makeDirectory(_ path: String) throws(ErrorNumber) {
    try base.makeDirectory(path)
    state.withLock { $0.operations.append(.madeDirectory(path)) }
  }

  public func removeDirectory(_ path: String) throws(ErrorNumber) {
    try base.removeDirectory(path)
    state.withLock { $0.operations.append(.removed(path)) }
  }

  public func names(in path: String) throws(ErrorNumber) -> [String] { try base.names(in: path) }

  public func status(of path: String) throws(ErrorNumber) -> FileStatus { try base.status(of: path) }

  public func availableByteCount(at path: String) throws(ErrorNumber) -> Int { try base.availableByteCount(at: path) }
}
