import Glibc

/// The lock that the process which records a run holds for as long as it lives.
public struct RunLock: Sendable {
  private let descriptor: Int32

  /// `path` is in a folder that was just made: nobody but a passing `isHeld` can be in the way, so waiting is short.
  public init(holding path: String) throws(StoreError) {
    var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    while descriptor < 0 {
      guard errno == EINTR else { throw .unwritable(path, .current) }
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      let cause = ErrorNumber.current
      close(descriptor)
      throw .unwritable(path, cause)
    }
    self.descriptor = descriptor
  }

  /// Closes this process's descriptor. A lock belongs to the descriptors of all processes that share it: in a forked child
  /// this leaves the parent's lock held, and keeps the child from holding it longer than its parent lives.
  public func release() {
    close(descriptor)
  }

  /// Whether some process holds the lock; false where there is none.
  public static func isHeld(_ path: String) throws(StoreError) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return false }
      throw .unreadable(path, .current)
    }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
    if errno == EWOULDBLOCK { return true }
    throw .unreadable(path, .current)
  }
}
