import CProcess
import Glibc

/// Where a script's output goes.
public enum OutputTarget {
  /// To the stream of the same name of this process.
  case inherited
  /// To a closure, piece by piece.
  case sink((UnsafeRawBufferPointer) -> Void)
  /// To a closure, through a channel as to the stream of the same name: where that is a terminal, the script finds one, and where
  /// stdout and stderr are one, so are its.
  case captured((UnsafeRawBufferPointer) -> Void)

  /// Whether the script's stream is of the kind that this process's is.
  var isLikeOurs: Bool { if case .sink = self { false } else { true } }
}

/// The end of a relay where bytes leave it.
struct OutputOutlet {
  private let stream: StandardStream
  private let sink: ((UnsafeRawBufferPointer) -> Void)?

  init(_ target: OutputTarget, _ stream: StandardStream) {
    self.stream = stream
    switch target {
    case .inherited: sink = nil
    case .sink(let closure), .captured(let closure): sink = closure
    }
  }

  /// To be polled before writing; nil where that never has to wait.
  var descriptor: Int32? { sink == nil ? stream.descriptor : nil }

  // A pipe that polls as writable has room for so much, so that writing this much never blocks.
  private static let pieceBytes = 4096

  /// Takes some of the bytes. 0: not now. Minus an error number: never again.
  func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let sink {
      sink(bytes)
      return bytes.count
    }
    guard isWritable else { return 0 }
    let count = stream.kind == .other ? bytes.count : min(bytes.count, Self.pieceBytes)
    let written = write(stream.descriptor, bytes.baseAddress, count)
    if written >= 0 { return written }
    return errno == EAGAIN || errno == EINTR ? 0 : -Int(errno)
  }

  private var isWritable: Bool {
    var question = pollfd(fd: stream.descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&question, 1, 0) == 1
  }
}
