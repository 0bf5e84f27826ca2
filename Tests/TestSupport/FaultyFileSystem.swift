import Glibc
public import RunStore
import Synchronization

/// The operating system's files, except that the nth call goes wrong.
public final class FaultyFileSystem: FileSystem {
  public enum Fault: Hashable, Sendable {
    /// The nth call fails.
    case once(Int, ErrorNumber)
    /// The nth call and all after it fail.
    case fromThenOn(Int, ErrorNumber)
    /// From the one call to the other the device is full: those that need room fail.
    case full(Int, Int)
    /// The process is killed when it makes the nth call; a write has then got half its bytes down.
    case kill(Int)
    /// Every call that a signal can interrupt is interrupted the first time, and what is written or read goes in small parts.
    case interruptions
    case none
  }

  private struct State {
    var calls = 0
    var fired = false
    var interrupted = false
    var paths: [Int32: String] = [:]
    var events: [Event] = []
  }

  /// What decides about durability, in the order in which it succeeded.
  public enum Event: Hashable, Sendable {
    case synchronized(String)
    case renamed(to: String)
  }

  private let fault: Fault
  private let base = PosixFileSystem()
  private let state = Mutex(State())

  public init(_ fault: Fault) { self.fault = fault }

  public var calls: Int { state.withLock { $0.calls } }
  public var events: [Event] { state.withLock { $0.events } }
  /// Whether the fault came to pass.
  public var fired: Bool { state.withLock { $0.fired } }

  public func open(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32 {
    try count(isInterruptible: true, needsRoom: purpose == .creating || purpose == .replacing)
    let descriptor = try base.open(path, for: purpose)
    state.withLock { $0.paths[descriptor] = path }
    return descriptor
  }

  public func close(_ descriptor: Int32) throws(ErrorNumber) {
    // The descriptor is gone even where closing reports a failure.
    let failure = caught({ () throws(ErrorNumber) in try count() })
    try base.close(descriptor)
    if let failure { throw failure }
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) -> Int {
    if case .kill(let call) = fault, calls + 1 == call {
      _ = try base.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2)), to: descriptor)
    }
    // Half of it may be down when the device is found full.
    if let failure = caught({ () throws(ErrorNumber) in try count(isInterruptible: true, needsRoom: true) }) {
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
      if failure == .noSpace { _ = try base.write(half, to: descriptor) }
      throw failure
    }
    return try base.write(fault == .interruptions ? UnsafeRawBufferPointer(rebasing: bytes.prefix(7)) : bytes, to: descriptor)
  }

  public func read(
    into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int
  ) throws(ErrorNumber) -> Int {
    try count(isInterruptible: true)
    let part = fault == .interruptions ? UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(7)) : bytes
    return try base.read(into: part, from: descriptor, at: offset)
  }

  public func synchronize(_ descriptor: Int32) throws(ErrorNumber) {
    try count(isInterruptible: true)
    try base.synchronize(descriptor)
    state.withLock { $0.events.append(.synchronized($0.paths[descriptor] ?? "")) }
  }

  public func writeBack(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber) {
    try count(isInterruptible: true)
    try base.writeBack(descriptor, range, waits: waits)
  }

  public func truncate(_ descriptor: Int32, to byteCount: Int) throws(ErrorNumber) {
    try count()
    try base.truncate(descriptor, to: byteCount)
  }

  public func rename(_ path: String, to newPath: String) throws(ErrorNumber) {
    try count()
    try base.rename(path, to: newPath)
    state.withLock { $0.events.append(.renamed(to: newPath)) }
  }

  public func remove(_ path: String) throws(ErrorNumber) {
    try count()
    try base.remove(path)
  }

  public func makeDirectory(_ path: String) throws(ErrorNumber) {
    try count(needsRoom: true)
    try base.makeDirectory(path)
  }

  public func removeDirectory(_ path: String) throws(ErrorNumber) {
    try count()
    try base.removeDirectory(path)
  }

  public func names(in path: String) throws(ErrorNumber) -> [String] {
    try count()
    return try base.names(in: path)
  }

  public func status(of path: String) throws(ErrorNumber) -> FileStatus {
    try count()
    return try base.status(of: path)
  }

  public func availableByteCount(at path: String) throws(ErrorNumber) -> Int {
    try count()
    return try base.availableByteCount(at: path)
  }

  private func caught(_ call: () throws(ErrorNumber) -> Void) -> ErrorNumber? {
    do throws(ErrorNumber) { try call() } catch { return error }
    return nil
  }

  private func count(isInterruptible: Bool = false, needsRoom: Bool = false) throws(ErrorNumber) {
    let failure: ErrorNumber? = state.withLock { state in
      state.calls += 1
      let failure = faultDue(&state, isInterruptible, needsRoom)
      if failure != nil { state.fired = true }
      return failure
    }
    if let failure { throw failure }
  }

  private func faultDue(_ state: inout State, _ isInterruptible: Bool, _ needsRoom: Bool) -> ErrorNumber? {
    switch fault {
    case .once(let call, let error): return state.calls == call ? error : nil
    case .fromThenOn(let call, let error): return state.calls >= call ? error : nil
    case .full(let first, let last): return needsRoom && (first...last).contains(state.calls) ? .noSpace : nil
    case .kill(let call):
      if state.calls == call { kill(getpid(), SIGKILL) }
      return nil
    case .interruptions:
      state.interrupted = isInterruptible && !state.interrupted
      return state.interrupted ? .interrupted : nil
    case .none: return nil
    }
  }
}
