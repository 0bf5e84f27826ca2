import CProcess
import Glibc

/// What the script's process gets for its standard streams, and what is needed to know how much it wrote there.
final class OutputWiring {
  /// That of stdout first; only one where stdout and stderr are the same.
  let channels: [OutputChannel]
  let standardEnds: [Int32]
  let isInherited: Bool
  let page: OpaquePointer?
  let questions: Int32
  private let pageDescriptor: Int32
  private let isMerged: Bool
  private let isHiddenAtFirst: Bool
  private let streams = StandardStreams.atStart

  private static let closed = Int32(SPAWN_CLOSED)
  private static let inherited = Int32(SPAWN_INHERIT)

  /// `isHiddenAtFirst`: what the script writes is nobody's until its process says otherwise (`output_page_show`).
  init(
    outputFolder: String?, stdout: OutputTarget, stderr: OutputTarget, isHiddenAtFirst: Bool = false
  ) throws(LaunchError) {
    let (output, error) = (streams.output, streams.error)
    isInherited = stdout.isInherited && stderr.isInherited
    isMerged = stdout.isLikeOurs && stderr.isLikeOurs && output.isSame(as: error)
    questions = process_event_descriptor()
    pageDescriptor = process_memory_file("florpy-output", OUTPUT_PAGE_BYTES)
    guard questions >= 0, pageDescriptor >= 0, let page = output_page_map(pageDescriptor) else {
      throw .system("share memory with the script's process", errno)
    }
    self.page = page
    self.isHiddenAtFirst = isHiddenAtFirst
    if isHiddenAtFirst { output_page_hide(page) }
    let hiding = isHiddenAtFirst ? page : nil
    let first = try Self.channel(stdout, output, page: page, hiding: hiding, outputFolder, "stdout.log")
    let second = isMerged ? nil : try Self.channel(stderr, error, page: nil, hiding: hiding, outputFolder, "stderr.log")
    channels = [first, second].compactMap(\.self)
    standardEnds = [
      streams.input.kind == .closed ? Self.closed : Self.inherited, first?.scriptEnd ?? Self.closed,
      (isMerged ? first : second)?.scriptEnd ?? Self.closed,
    ]
  }

  deinit {
    if let page { output_page_unmap(page) }
    close(pageDescriptor)
    close(questions)
  }

  // A stream that is closed for us is closed for the script.
  private static func channel(
    _ target: OutputTarget, _ stream: StandardStream, page: OpaquePointer?, hiding: OpaquePointer?, _ folder: String?,
    _ name: String
  ) throws(LaunchError) -> OutputChannel? {
    if target.isLikeOurs, stream.kind == .closed { return nil }
    return try OutputChannel(target, stream, page: page, hiding: hiding, logFolder: folder, logName: name)
  }

  private var stdoutChannel: OutputChannel? { standardEnds[1] == Self.closed ? nil : channels.first }

  func hostBlock(_ configuration: HostConfiguration, pythonFolder: String) throws(LaunchError) -> HostBlock {
    var fields = [
      (HOST_MODE, configuration.mode), (HOST_SETTINGS, configuration.settings),
      (HOST_LIBPYTHON, configuration.python.libpython), (HOST_PYTHON_VERSION, configuration.python.version),
      (HOST_PYTHON_FOLDER, pythonFolder),
      (HOST_SUPERVISOR, "\(getpid())"), (HOST_MERGED, isMerged ? "1" : "0"),
      (HOST_STDOUT_BLOCK, "\(streams.output.blockBytes)"), (HOST_STDERR_BLOCK, "\(streams.error.blockBytes)"),
    ]
    var passed: [(name: String, descriptor: Int32)] = []
    let channel = stdoutChannel
    if channel != nil || isHiddenAtFirst { passed.append((HOST_PAGE, pageDescriptor)) }
    if let channel, !channel.isTerminal { passed.append((HOST_CHANNEL, channel.scriptEnd)) }
    if channel?.isTerminal == true || isHiddenAtFirst { passed.append((HOST_QUESTIONS, questions)) }
    var inherited: [Int32] = []
    for (name, descriptor) in passed {
      inherited.append(try HostBlock.passed(descriptor))
      fields.append((name, "\(inherited[inherited.count - 1])"))
    }
    return try HostBlock(fields, inherited: inherited)
  }

  func closeScriptEnds() { for channel in channels { channel.closeScriptEnd() } }

  /// Output that got lost here is a failure of the script, which believes that it has been written. Python ends with
  /// 120 for it. A reader that went away in time is none: the script's last bytes would have stayed in its pipe.
  func trueStatus(_ status: ExitStatus) -> ExitStatus {
    guard status == .exited(0), let failure = channels.map(\.failure).first(where: { $0 != 0 && $0 != EPIPE }) else {
      return status
    }
    let text = "OSError: [Errno \(failure)] \(String(cString: strerror(failure)))\n"
    _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    return .exited(120)
  }
}

extension OutputTarget {
  var isInherited: Bool { if case .inherited = self { true } else { false } }
}
