import CProcess
import Glibc

/// A script in a process group of its own, whose output comes here and who is told over a line of messages what to do.
///
/// Its standard input is empty where there are several: they cannot share one.
final class WorkerProcess {
  let number: Int
  let process: pid_t
  let ending: Int32
  let messages: Int32
  let wiring: OutputWiring
  private(set) var status: ExitStatus?
  /// There will be no further message.
  private(set) var hasHungUp = false

  init(_ number: Int, _ order: WorkerOrder, mask: sigset_t, received: @escaping (OutputStream, UnsafeRawBufferPointer) -> Void)
    throws
  {
    self.number = number
    wiring = try OutputWiring(
      outputFolder: order.outputFolder, stdout: .captured { received(.output, $0) }, stderr: .captured { received(.error, $0) })
    var ends: [Int32] = [-1, -1]
    guard process_message_pair(&ends) == 0 else { throw LaunchError.system("make a pair of sockets", errno) }
    defer { close(ends[1]) }
    messages = ends[0]
    let passed = try HostBlock.passed(ends[1])
    defer { close(passed) }
    let configuration = try order.configuration(passed)
    let block = try wiring.hostBlock(configuration, pythonFolder: PythonFolder.located())
    defer { block.close() }
    process = try Self.spawned(configuration, order, wiring, block, mask)
    wiring.closeScriptEnds()
    ending = process_descriptor_of(process)
    guard ending >= 0 else { throw LaunchError.system("watch a worker", errno) }
  }

  deinit {
    close(messages)
    if ending >= 0 { close(ending) }
  }

  private static func spawned(
    _ configuration: HostConfiguration, _ order: WorkerOrder, _ wiring: OutputWiring, _ block: HostBlock, _ mask: sigset_t
  ) throws(LaunchError) -> pid_t {
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    let arguments = CArguments([Array(configuration.python.executable.utf8)] + configuration.arguments)
    let variables = CArguments.environment(setting: order.environment + [(HOST_BLOCK_VARIABLE, "\(block.descriptor)")])
    // A terminal would stop it for reading: it is not in the terminal's foreground.
    let readsOurs = order.readsOurInput && StandardStreams.atStart.input.kind != .terminal
    let isClosed = wiring.standardEnds[0] == Int32(SPAWN_CLOSED)
    let standard = [isClosed || readsOurs ? wiring.standardEnds[0] : null] + wiring.standardEnds[1...]
    var (process, mask) = (pid_t(0), mask)
    let failure = process_spawn(
      "/proc/self/exe", arguments.pointer, variables.pointer, standard, &mask, true, &process)
    guard failure == 0 else { throw .system("start a worker", failure) }
    return process
  }

  var hasEnded: Bool { status != nil }
  var isOutputOver: Bool { wiring.channels.allSatisfy { $0.isDrained && !$0.isOpen } }

  /// Passes on everything that was written so far.
  func drain() {
    for channel in wiring.channels { channel.drain() }
  }

  /// The next message, without waiting. Nil where there is none.
  func message() -> String? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = recv(messages, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    if count == 0 { hasHungUp = true }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  func answer(_ text: String) {
    let bytes = Array(text.utf8)
    // A worker that has died meanwhile gets no answer, and needs none.
    _ = send(messages, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }

  /// Asks the kernel whether it has ended.
  func look() { if status == nil { status = ExitStatus(process_state_of(process)) } }

  /// To all of its group, children that the script started included.
  func signal(_ number: Int32) { kill(-process, number) }

  /// Processor time of the whole group so far, in clock ticks.
  func groupTicks() -> Int { ProcessGroup.ticks(process) }

  func finish() { for channel in wiring.channels { channel.finishLog() } }
}

/// What a worker is started with.
public struct WorkerOrder {
  /// Where copies of what it writes are kept.
  public var outputFolder: String
  /// Variables that are not as they are here.
  public var environment: [(name: String, value: String)]
  /// Whether it has our standard input, which several cannot share.
  public var readsOurInput = false
  /// Given the descriptor of its line of messages.
  public var configuration: (Int32) throws -> HostConfiguration

  public init(
    outputFolder: String, environment: [(name: String, value: String)], configuration: @escaping (Int32) throws -> HostConfiguration
  ) {
    self.outputFolder = outputFolder
    self.environment = environment
    self.configuration = configuration
  }
}

/// One of a script's two streams.
public enum OutputStream: Int, Sendable, CaseIterable { case output, error }
