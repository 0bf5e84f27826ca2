import Glibc
import Launching

/// What was passed on to our streams already: whoever repeats it is not heard until it goes on.
final class Forwarded {
  private var bytes: [OutputStream: Int]
  let isNeeded: Bool

  init(_ sent: [OutputStream: Int]) {
    bytes = sent
    isNeeded = !sent.isEmpty
  }

  /// A target for one attempt, which repeats all from the start.
  func target(_ stream: OutputStream) -> OutputTarget {
    let skipping = bytes[stream] ?? 0
    var seen = 0
    let receive: (UnsafeRawBufferPointer) -> Void = { [self] piece in
      let fresh = max(0, min(piece.count, seen + piece.count - skipping))
      seen += piece.count
      bytes[stream] = max(bytes[stream] ?? 0, seen)
      Self.forward(UnsafeRawBufferPointer(rebasing: piece.suffix(fresh)), to: stream)
    }
    return isNeeded ? .captured(receive) : .sink(receive)
  }

  private static func forward(_ bytes: UnsafeRawBufferPointer, to stream: OutputStream) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(stream == .output ? STDOUT_FILENO : STDERR_FILENO, rest.baseAddress, rest.count)
      if count < 0, errno != EINTR, errno != EAGAIN { Replay.exitQuietly() }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(count, 0)))
    }
  }
}
