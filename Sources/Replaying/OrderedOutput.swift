public import Launching

/// The output of segments that are executed at the same time, passed on in program order as soon as all before it is known.
public struct OrderedOutput {
  private struct Part {
    var pieces: [(stream: OutputStream, bytes: [UInt8])] = []
    /// How much of it is on its way; a second attempt at the segment repeats that before it goes on.
    var sent: [OutputStream: Int] = [:]
    var toSkip: [OutputStream: Int] = [:]
    var isComplete = false
  }

  private var parts: [Part]
  /// The first segment of which not everything is known.
  public private(set) var front = 0
  private var last: Int
  /// Bytes passed on so far.
  public private(set) var sentBytes: [OutputStream: Int] = [:]
  private let send: ([UInt8], OutputStream) -> Void

  /// `sent`: what an earlier attempt at the first segment has passed on.
  public init(segments: Int, sent: [OutputStream: Int] = [:], send: @escaping ([UInt8], OutputStream) -> Void) {
    parts = Array(repeating: Part(), count: segments)
    parts[0] = Part(sent: sent, toSkip: sent)
    sentBytes = sent
    last = segments - 1
    self.send = send
  }

  public var isComplete: Bool { front > last }

  public mutating func append(_ bytes: some Collection<UInt8>, _ stream: OutputStream, to segment: Int) {
    let repeated = min(bytes.count, parts[segment].toSkip[stream] ?? 0)
    parts[segment].toSkip[stream, default: 0] -= repeated
    guard repeated < bytes.count else { return }
    parts[segment].pieces.append((stream, Array(bytes.dropFirst(repeated))))
    pass()
  }

  public mutating func complete(_ segment: Int) {
    parts[segment].isComplete = true
    pass()
  }

  /// The segment is executed once more.
  public mutating func restart(_ segment: Int) {
    parts[segment] = Part(sent: parts[segment].sent, toSkip: parts[segment].sent)
  }

  /// The program ends with this segment.
  public mutating func end(with segment: Int) {
    last = min(last, segment)
    complete(segment)
  }

  private mutating func pass() {
    while front <= last {
      for (stream, bytes) in parts[front].pieces {
        parts[front].sent[stream, default: 0] += bytes.count
        sentBytes[stream, default: 0] += bytes.count
        send(bytes, stream)
      }
      parts[front].pieces = []
      guard parts[front].isComplete else { return }
      front += 1
    }
  }
}
