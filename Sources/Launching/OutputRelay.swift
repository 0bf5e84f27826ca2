import CProcess
import Glibc

/// The supervisor's loop: carries output, signals and stops between the script's process and the world until the script
/// ends.
struct OutputRelay {
  let process: pid_t
  let channels: [OutputChannel]
  let signals: SignalMirror
  /// The descriptor by which the script's process asks for the channel of stdout to be read empty.
  let questions: Int32
  let page: OpaquePointer?
  /// Whether all output goes to descriptors, so that another process could carry it on.
  let canHandOver: Bool

  private static let silenceMilliseconds: Int32 = 500

  func run() throws(LaunchError) -> ExitStatus {
    let ending = process_descriptor_of(process)
    guard ending >= 0 else { throw .system("watch the script's process", errno) }
    defer { close(ending) }
    var status: ExitStatus?
    while true {
      let watched = [signals.descriptor, questions] + (status == nil ? [ending] : [])
      let isSilent = !step(watched, timeoutMilliseconds: status == nil ? -1 : Self.silenceMilliseconds)
      mirrorSignals(&status)
      answerQuestion()
      if status == nil { status = ExitStatus(process_state_of(process)) }
      if let status, isOver(isSilent) { return status }
    }
  }

  /// Waits, then moves what can be moved. False where nothing happened in time.
  private func step(_ watched: [Int32], timeoutMilliseconds: Int32) -> Bool {
    var list = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var parts: [Range<Int>] = []
    for channel in channels {
      let polled = channel.polled
      parts.append(list.count..<list.count + polled.count)
      list += polled
    }
    let count = poll(&list, nfds_t(list.count), timeoutMilliseconds)
    guard count > 0 else { return count < 0 }
    for (channel, part) in zip(channels, parts) { channel.advance(list[part]) }
    return true
  }

  // After the script has ended: others may hold its output, background processes say.
  private func isOver(_ isSilent: Bool) -> Bool {
    guard channels.allSatisfy(\.isDrained) else { return false }
    if !channels.contains(where: \.isOpen) { return true }
    if canHandOver {
      handOver()
      return true
    }
    return isSilent
  }

  private func mirrorSignals(_ status: inout ExitStatus?) {
    let events = signals.forward(to: process)
    if events.contains(.windowChanged) {
      for channel in channels { channel.copyWindowSize() }
      // Its own signal may have reached the script before the new size did.
      if channels.contains(where: \.isTerminal) { kill(process, SIGWINCH) }
    }
    guard events.contains(.childChanged), status == nil else { return }
    let state = process_state_of(process)
    status = ExitStatus(state)
    // Whoever waits for us is to see that the script stopped, and will continue both.
    if state.state == CHILD_STOPPED { kill(getpid(), SIGSTOP) }
  }

  private func answerQuestion() {
    guard let page else { return }
    let question = output_page_question(page)
    guard question > 0 else { return }
    var ignored: UInt64 = 0
    read(questions, &ignored, 8)
    // Who asks is about to be seen: nothing of what was written before may be left anywhere.
    if output_page_is_hidden(page) != 0 ? channels.allSatisfy(\.isDrained) : channels.first?.isDrained ?? true {
      output_page_answer(page, question)
    } else {
      // Not yet: the loop comes back here after the next piece.
      var one: UInt64 = 1
      write(questions, &one, 8)
    }
  }

  // The script's background processes keep writing: someone has to carry that on, but the script has ended, and so do
  // we.
  private func handOver() {
    for channel in channels { channel.finishLog() }
    guard process_fork() == 0 else { return }
    close(STDIN_FILENO)
    for channel in channels { channel.stopLogging() }
    while channels.contains(where: \.isOpen) { _ = step([], timeoutMilliseconds: -1) }
    _exit(0)
  }
}
