import CProcess
import Glibc

/// One way out of a script's process: a pipe, or a pseudo-terminal where the user's stream is a terminal.
final class OutputChannel {
  /// What the script's process gets; closed here once it has started.
  private(set) var scriptEnd: Int32
  private(set) var source: Int32
  let isTerminal: Bool
  private let outlet: OutputOutlet
  private let terminal: Int32
  private let page: OpaquePointer?
  /// Says whether what is read is anybody's; nil where it always is.
  private let hiding: OpaquePointer?
  private var log: OutputLogFile
  private var isLogged: Bool

  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var pending = 0..<0

  /// Why bytes could not be passed on; 0 where they could.
  private(set) var failure: Int32 = 0

  init(
    _ target: OutputTarget, _ stream: StandardStream, page: OpaquePointer?, hiding: OpaquePointer?, logFolder: String?,
    logName: String
  ) throws(LaunchError) {
    outlet = OutputOutlet(target, stream)
    let isInherited = outlet.descriptor != nil
    isTerminal = target.isLikeOurs && stream.kind == .terminal
    var ends: [Int32] = [-1, -1]
    let result = isTerminal ? terminal_open_like(stream.descriptor, &ends) : process_pipe(&ends)
    guard result == 0 else { throw .system(isTerminal ? "open a pseudo-terminal" : "make a pipe", errno) }
    (source, scriptEnd) = (ends[0], ends[1])
    terminal = stream.descriptor
    self.page = page
    self.hiding = hiding
    log = OutputLogFile(folder: logFolder ?? "", name: logName)
    isLogged = logFolder != nil
    // The less this pipe holds, the sooner the script learns that nobody reads any more.
    if isInherited, stream.kind == .pipe { _ = process_set_pipe_capacity(source, 4096) }
  }

  deinit {
    closeSource()
    closeScriptEnd()
    buffer.deallocate()
  }

  var isOpen: Bool { source >= 0 }
  var hasPending: Bool { !pending.isEmpty }

  /// Whether everything written so far has been passed on.
  var isDrained: Bool { !hasPending && (!isOpen || !sourceHasBytes) }

  // Polling a pseudo-terminal also brings in what still is on its way through the kernel.
  private var sourceHasBytes: Bool {
    var question = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
    return poll(&question, 1, 0) == 1
  }

  func closeScriptEnd() {
    if scriptEnd >= 0 { close(scriptEnd) }
    scriptEnd = -1
  }

  func stopLogging() { isLogged = false }

  func finishLog() { if isLogged { log.finish() } }

  func copyWindowSize() { if isTerminal, isOpen { terminal_copy_size(terminal, source) } }

  /// What to poll: the source while nothing is pending, so that a slow reader slows the script down as it would without
  /// us.
  var polled: [pollfd] {
    var list: [pollfd] = []
    if isOpen, !hasPending { list.append(pollfd(fd: source, events: Int16(POLLIN), revents: 0)) }
    // Without events this still tells that the reader has gone.
    if isOpen || hasPending, let descriptor = outlet.descriptor {
      list.append(pollfd(fd: descriptor, events: hasPending ? Int16(POLLOUT) : 0, revents: 0))
    }
    return list
  }

  /// Acts on what `poll` found.
  func advance(_ found: ArraySlice<pollfd>) {
    let hasLostReader = found.contains { $0.fd != source && $0.revents & Int16(POLLERR) != 0 }
    if hasLostReader, !hasPending { fail(EPIPE) }
    forward()
    if found.contains(where: { $0.fd == source && $0.revents != 0 }), isOpen, !hasPending {
      receive()
      forward()
    }
  }

  /// Passes on what is there to be read now.
  func drain() {
    while isOpen, !hasPending, sourceHasBytes {
      receive()
      forward()
    }
  }

  private func receive() {
    guard let start = buffer.baseAddress else { return }
    let count = page.map { output_page_read($0, source, start, buffer.count) } ?? read(source, start, buffer.count)
    if count > 0 {
      if let hiding, output_page_is_hidden(hiding) != 0 { return }
      pending = 0..<count
      if isLogged { log.append(UnsafeRawBufferPointer(rebasing: buffer[pending])) }
    } else if count == 0 || errno != EINTR && errno != EAGAIN {
      // A pseudo-terminal ends with EIO.
      closeSource()
    }
  }

  private func forward() {
    while hasPending {
      let taken = outlet.take(UnsafeRawBufferPointer(rebasing: buffer[pending]))
      if taken < 0 { return fail(Int32(-taken)) }
      guard taken > 0 else { return }
      pending = (pending.lowerBound + taken)..<pending.upperBound
    }
  }

  // The script finds its reader gone, as it would have without us.
  private func fail(_ number: Int32) {
    failure = number
    pending = 0..<0
    closeSource()
  }

  private func closeSource() {
    if source >= 0 { close(source) }
    source = -1
  }
}
