import CLogRing
import Glibc
public import RunStore
import Synchronization

/// Writes what the script's threads have put into the ring to the process's log file, on two threads: one takes the ring every 50 ms, so that
/// a kill loses no more; the other writes blobs, which may take longer. It holds no Python object, never waits for the interpreter,
/// and is not there in a forked child.
public final class LogWriter: Sendable {
  // Half of the 100 ms that docs/logging.md promises.
  private static let ringPauseMilliseconds: Int32 = 50
  private static let blobPauseMilliseconds: Int32 = 5

  private struct State: ~Copyable, @unchecked Sendable {
    let descriptor: Int32
    /// Room for a block's head and a whole ring.
    let block = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(LOG_BLOCK_HEAD_BYTES) + Int(LOG_RING_BYTES))
    var failure: ErrorNumber?
    var isFinished = false
    var blobs: [String] = []
  }

  private let state: Mutex<State>
  private let threads: Mutex<LogThreads>

  /// The log is open: `log_open` was called.
  public init() throws(ErrorNumber) {
    let descriptor = log_file_open()
    guard descriptor >= 0 else { throw .current }
    state = Mutex(State(descriptor: descriptor))
    threads = Mutex(try LogThreads())
    resume()
  }

  /// Waits until all that was logged so far is with the operating system.
  public func flush() {
    while log_has_blobs_waiting() && failure == nil { usleep(1000) }
    state.withLock { Self.takeRing(&$0) }
  }

  /// Has no threads from here on, so that this process can be forked; what was logged is with the operating system.
  public func pause() {
    flush()
    threads.withLock { $0.end() }
  }

  public func resume() {
    threads.withLock { threads in
      threads.start(pauseMilliseconds: Self.ringPauseMilliseconds) { [self] in state.withLock { Self.takeRing(&$0) } }
      threads.start(pauseMilliseconds: Self.blobPauseMilliseconds) { [self] in
        while let blob = log_blob_take() { store(blob) }
      }
    }
  }

  /// All that was logged is with the device afterwards, and nothing is logged any more. Returns why not all of it is there, if so.
  public func close() -> ErrorNumber? {
    flush()
    log_shut()
    threads.withLock { $0.end() }
    return state.withLock { state in
      Self.takeRing(&state)
      for path in state.blobs where state.failure == nil { Self.synchronize(path, &state) }
      if state.failure == nil, fdatasync(state.descriptor) != 0 { state.failure = .current }
      Glibc.close(state.descriptor)
      state.isFinished = true
      return state.failure
    }
  }

  private var failure: ErrorNumber? { state.withLock { $0.failure } }

  private static func synchronize(_ path: String, _ state: inout State) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    if fdatasync(descriptor) != 0 { state.failure = .current }
    Glibc.close(descriptor)
  }

  // MARK: What the threads do

  /// Also after a failure: who logs waits for room in the ring.
  private static func takeRing(_ state: inout State) {
    guard !state.isFinished else { return }
    let count = log_ring_take(state.block + Int(LOG_BLOCK_HEAD_BYTES))
    if count > 0 { append(count, &state) }
  }

  private static func append(_ count: Int, _ state: inout State) {
    guard state.failure == nil else { return }
    let code = log_file_append(state.descriptor, state.block, count)
    if code != 0 { fail(code, &state) }
  }

  private static func fail(_ code: Int32, _ state: inout State) {
    state.failure = ErrorNumber(code: code)
    log_shut()
  }

  private func store(_ blob: OpaquePointer) {
    let code = failure == nil ? log_blob_store(blob) : 0
    state.withLock { state in
      guard state.failure == nil else { return }
      guard code == 0 else { return Self.fail(code, &state) }
      // The names and the position that its record refers to may still be in the ring.
      Self.takeRing(&state)
      Self.append(log_blob_record(blob, state.block + Int(LOG_BLOCK_HEAD_BYTES)), &state)
      state.blobs.append(String(cString: log_blob_path(blob)))
    }
    log_blob_release(blob)
  }
}
