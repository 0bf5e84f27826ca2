/// When to try again after there was no room for a checkpoint: at growing intervals, and where there is room again.
struct RoomWatch {
  private static let shortestPauseSeconds = 1.0
  private static let longestPauseSeconds = 60.0
  /// The script's own files need room as well.
  private static let sparedByteCount = 16 << 20

  private(set) var isFull = false
  private var neededByteCount = 0
  private var nextSeconds = 0.0
  private var pauseSeconds = shortestPauseSeconds

  /// There was no room for `byteCount` bytes.
  mutating func foundFull(byteCount: Int, at seconds: Double) {
    neededByteCount = byteCount
    pauseSeconds = isFull ? min(2 * pauseSeconds, Self.longestPauseSeconds) : Self.shortestPauseSeconds
    nextSeconds = seconds + pauseSeconds
    isFull = true
  }

  /// A checkpoint was written. Whether there had been no room before it.
  mutating func foundRoom() -> Bool {
    defer { isFull = false }
    return isFull
  }

  /// Whether a checkpoint may be tried; not twice for one pause. `available` is asked only where it matters.
  mutating func allows(at seconds: Double, available: () -> Int) -> Bool {
    if !isFull { return true }
    guard seconds >= nextSeconds else { return false }
    nextSeconds = seconds + pauseSeconds
    return available() >= neededByteCount + Self.sparedByteCount
  }
}
