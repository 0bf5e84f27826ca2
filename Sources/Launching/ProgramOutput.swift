import Glibc

/// This process's two streams as a place where bytes wait in order until they can be written, with a copy in a folder.
public final class ProgramOutput {
  private var outlets: [OutputStream: OutputOutlet] = [:]
  private var logs: [OutputStream: LogFile] = [:]
  private var pending: [OutputStream: ArraySlice<UInt8>] = [:]
  public private(set) var hasLostReader = false
  private var statusLine: StatusLine?

  public init(logFolder: String) {
    let streams = StandardStreams.atStart
    outlets = [.output: OutputOutlet(.inherited, streams.output), .error: OutputOutlet(.inherited, streams.error)]
    statusLine = Self.canShowStatus ? StatusLine(streams) : nil
    logs = [.output: LogFile(logFolder, "stdout.log"), .error: LogFile(logFolder, "stderr.log")]
  }

  deinit { for log in logs.values { log.file.finish() } }

  public func send(_ bytes: some Sequence<UInt8>, to stream: OutputStream) {
    let bytes = Array(bytes)
    bytes.withUnsafeBytes { logs[stream]?.file.append($0) }
    guard outlets[stream] != nil else { return }
    pending[stream, default: []] += bytes
    advance()
  }

  /// Whether anybody watches.
  public static var canShowStatus: Bool { StandardStreams.atStart.error.kind == .terminal }

  /// Shows a line below the output, if anybody watches; nil takes it away.
  public func show(status: String?) {
    guard !hasPending || status == nil else { return }
    statusLine?.show(status)
  }

  public var hasPending: Bool { pending.values.contains { !$0.isEmpty } }

  var polled: [pollfd] {
    outlets.compactMap { stream, outlet in
      // Without events this still tells that the reader has gone.
      outlet.descriptor.map { pollfd(fd: $0, events: pending[stream]?.isEmpty == false ? Int16(POLLOUT) : 0, revents: 0) }
    }
  }

  /// Acts on what `poll` found.
  func advance(_ found: some Sequence<pollfd>) {
    for one in found where one.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
      for (stream, outlet) in outlets where outlet.descriptor == one.fd { lose(stream) }
    }
    advance()
  }

  /// Writes what can be written without waiting.
  private func advance() {
    for stream in OutputStream.allCases {
      while let bytes = pending[stream], !bytes.isEmpty, let outlet = outlets[stream] {
        statusLine?.makeRoom()
        let taken = bytes.withUnsafeBytes { outlet.take($0) }
        statusLine?.note(bytes.prefix(max(0, taken)), stream)
        if taken < 0 { lose(stream) }
        guard taken > 0 else { break }
        pending[stream] = bytes.dropFirst(taken)
      }
    }
  }

  private func lose(_ stream: OutputStream) {
    outlets[stream] = nil
    pending[stream] = []
    if stream == .output { hasLostReader = true }
  }

  private final class LogFile {
    var file: OutputLogFile
    init(_ folder: String, _ name: String) { file = OutputLogFile(folder: folder, name: name) }
  }
}
