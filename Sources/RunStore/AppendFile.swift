public import RunModel
import Synchronization

/// A file that grows by whole records: gathered in memory, written 64 KB at a time, durable when asked.
///
/// Any thread may append while another synchronizes. What is on disk ends with a whole record, unless the process or the
/// machine died in the middle of a write. Where the device is full, records wait in memory until there is room, up to a limit.
/// After any other failure nothing more is written: bytes that follow a hole would mean something else than they say.
public final class AppendFile: Sendable {
  public let path: String
  private let fileSystem: any FileSystem
  private let descriptor: Int32
  private let state = Mutex(State())

  private static let bufferByteCount = 1 << 16
  /// What waits for room at most.
  private static let mostWaitingByteCount = 8 << 20

  private struct State: ~Copyable, Sendable {
    var stream = HashStream()
    var buffer: [UInt8] = []
    var writtenByteCount = 0
    /// How long the buffer gets before it is written: longer after the device was found full.
    var nextWriteByteCount = AppendFile.bufferByteCount
    var failure: StoreError?
  }

  public init(creating path: String, fileSystem: any FileSystem) throws(StoreError) {
    self.path = path
    self.fileSystem = fileSystem
    do { descriptor = try fileSystem.openFully(path, for: .creating) } catch { throw .unwritable(path, error) }
  }

  /// What was appended, written or not; after a failure, what was written whole.
  public var byteCount: Int { state.withLock { $0.writtenByteCount + $0.buffer.count } }

  /// What was appended, by length and hash: what a reader can hold the file's beginning to. Nil after a failure, since not all
  /// that was hashed is there.
  public var contents: (byteCount: Int, hash: ContentHash)? {
    state.withLock { $0.failure == nil ? ($0.writtenByteCount + $0.buffer.count, $0.stream.hash) : nil }
  }

  /// `record` is one record, or several whole ones. Does not throw because the device is full, unless too much waits already.
  public func append(_ record: UnsafeRawBufferPointer) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      if let failure = state.failure { throw failure }
      state.buffer.append(contentsOf: record)
      state.stream.update(record)
      guard state.buffer.count >= state.nextWriteByteCount else { return }
      do throws(StoreError) {
        try write(&state)
      } catch {
        if state.failure != nil { throw error }
      }
    }
  }

  /// Gives what was gathered to the operating system, so that it outlives this process.
  public func flush() throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      if let failure = state.failure { throw failure }
      try write(&state)
    }
  }

  /// Makes what was flushed outlive a power failure. Not under the lock: the training thread may append meanwhile.
  public func synchronize() throws(StoreError) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    do {
      try fileSystem.synchronizeFully(descriptor)
    } catch {
      let failure = StoreError.unwritable(path, error)
      // Invariant 10: a second try could say that all is well when the kernel has dropped the pages.
      state.withLock { state in
        state.failure = failure
        state.buffer = []
      }
      throw failure
    }
  }

  /// What could not be flushed is lost with it.
  public func close() throws(StoreError) {
    state.withLock { state in
      if state.failure == nil, !state.buffer.isEmpty { state.failure = .unwritable(path, .noSpace) }
      state.buffer = []
    }
    do { try fileSystem.close(descriptor) } catch { throw .unwritable(path, error) }
  }

  private func write(_ state: inout State) throws(StoreError) {
    do {
      try fileSystem.writeAll(state.buffer, to: descriptor)
    } catch {
      let failure = StoreError.unwritable(path, error)
      let isCut = cutTail(at: state.writtenByteCount)
      if failure.isOutOfSpace, isCut, state.buffer.count <= Self.mostWaitingByteCount {
        state.nextWriteByteCount = state.buffer.count + Self.bufferByteCount
      } else {
        state.failure = failure
        state.buffer = []
      }
      throw failure
    }
    state.writtenByteCount += state.buffer.count
    state.nextWriteByteCount = Self.bufferByteCount
    state.buffer.removeAll(keepingCapacity: true)
  }

  /// Where it cannot be cut, readers ignore a torn tail (invariant 9), but nothing may follow it.
  private func cutTail(at byteCount: Int) -> Bool {
    do throws(ErrorNumber) { try fileSystem.truncate(descriptor, to: byteCount) } catch { return false }
    return true
  }
}
