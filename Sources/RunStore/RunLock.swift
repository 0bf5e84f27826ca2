import Glibc

/// A lock on a file of the store: of the process that records a run, removes or repairs it; shared by those that replay it.
///
/// It belongs to the open file, so it ends with the process, however that ends.
public struct RunLock: Sendable {
  private let descriptor: Int32

  /// Waits for the lock. In the folder of a new run nobody but a passing `isHeld` can be in the way.
  public init(holding path: String) throws(StoreError) {
    try self.init(waitingFor: LOCK_EX, path)
  }

  /// Waits until nobody has the lock for itself, and shares it from then on.
  public init(sharing path: String) throws(StoreError) {
    try self.init(waitingFor: LOCK_SH, path)
  }

  private init(waitingFor operation: Int32, _ path: String) throws(StoreError) {
    descriptor = try Self.opened(path)
    do throws(ErrorNumber) {
      _ = try Self.lock(descriptor, operation)
    } catch {
      close(descriptor)
      throw .unwritable(path, error)
    }
  }

  /// Nil where others hold the lock. Where there is no such file, one is made.
  public init?(trying path: String, shared: Bool) throws(StoreError) {
    let descriptor = try Self.opened(path)
    do throws(ErrorNumber) {
      // Whoever asks `isHeld` holds it for an instant.
      var triesLeft = 10
      while try !Self.lock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) {
        triesLeft -= 1
        guard triesLeft > 0 else {
          close(descriptor)
          return nil
        }
        usleep(2000)
      }
    } catch {
      close(descriptor)
      throw .unwritable(path, error)
    }
    self.descriptor = descriptor
  }

  /// Closes this process's descriptor. A lock belongs to the descriptors of all processes that share it: in a forked child
  /// this leaves the parent's lock held, and keeps the child from holding it longer than its parent lives.
  public func release() {
    close(descriptor)
  }

  /// Whether some process has the lock for itself; false where there is none.
  public static func isHeld(_ path: String) throws(StoreError) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return false }
      throw .unreadable(path, .current)
    }
    defer { close(descriptor) }
    do throws(ErrorNumber) { return try !lock(descriptor, LOCK_SH | LOCK_NB) } catch { throw .unreadable(path, error) }
  }

  private static func opened(_ path: String) throws(StoreError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw .unwritable(path, .current) }
    }
  }

  /// False where others hold it and it is not to be waited for.
  private static func lock(_ descriptor: Int32, _ operation: Int32) throws(ErrorNumber) -> Bool {
    while flock(descriptor, operation) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw .current }
    }
    return true
  }
}
