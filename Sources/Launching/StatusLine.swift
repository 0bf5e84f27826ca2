import Glibc

/// A line at the bottom of a terminal, which gives way to whatever is written there.
struct StatusLine {
  private let isTerminal: [OutputStream: Bool]
  private var shown = ""
  /// Whether what was written last ended its line.
  private var isAtLineStart = true

  init(_ streams: StandardStreams) {
    isTerminal = [.output: streams.output.kind == .terminal, .error: streams.error.kind == .terminal]
  }

  /// Where a line of output has only begun, nothing is shown before it is whole.
  mutating func show(_ text: String?) {
    guard let text, isAtLineStart else { return makeRoom() }
    let line = String(text.prefix(max(0, Self.columns - 1)))
    guard line != shown else { return }
    write("\r\u{1B}[2K" + line)
    shown = line
  }

  mutating func makeRoom() {
    guard !shown.isEmpty else { return }
    write("\r\u{1B}[2K")
    shown = ""
  }

  mutating func note(_ bytes: ArraySlice<UInt8>, _ stream: OutputStream) {
    if isTerminal[stream] == true, let last = bytes.last { isAtLineStart = last == UInt8(ascii: "\n") }
  }

  private func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
