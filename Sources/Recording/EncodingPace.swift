/// Decides whether a checkpoint's leaves may be encoded: not where the writer would be slower by it than the device is, unless it
/// has nothing better to do. Pure: figures in, decisions out.
struct EncodingPace {
  /// The weight of the newest figure in a moving average.
  private static let weightOfNewest = 0.3
  /// Of the device's speed, what the writer has to keep.
  private static let smallestShareOfDevice = 0.8
  /// Of the time from one checkpoint to the next, what encoding may take where the device would be faster.
  private static let largestShareOfInterval = 0.5
  /// A figure that is too low would never be seen to be, if nothing was encoded any more.
  private static let refusalsUntilTrial = 15

  private var encodedBytesPerSecond: Double?
  private var deviceBytesPerSecond: Double?
  private var refusals = 0

  /// Of a checkpoint with `byteCount` bytes to write that was staged `intervalSeconds` after the one before.
  mutating func allows(byteCount: Int, intervalSeconds: Double) -> Bool {
    guard let encoded = encodedBytesPerSecond, let device = deviceBytesPerSecond,
      encoded < Self.smallestShareOfDevice * device,
      Double(byteCount) / encoded > Self.largestShareOfInterval * intervalSeconds,
      refusals < Self.refusalsUntilTrial
    else {
      refusals = 0
      return true
    }
    refusals += 1
    return false
  }

  mutating func observe(encodedByteCount: Int, seconds: Double) {
    if seconds > 0 { encodedBytesPerSecond = Self.average(encodedBytesPerSecond, Double(encodedByteCount) / seconds) }
  }

  mutating func observe(deviceBytesPerSecond newest: Double) {
    deviceBytesPerSecond = Self.average(deviceBytesPerSecond, newest)
  }

  private static func average(_ old: Double?, _ newest: Double) -> Double {
    old.map { $0 + weightOfNewest * (newest - $0) } ?? newest
  }
}
