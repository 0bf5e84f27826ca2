import CProcess
import Glibc
import Testing

@testable import Launching

@Suite struct HostBlockTests {
  @Test func theHostReadsWhatTheSupervisorWrote() throws {
    let block = try HostBlock([("mode", "record"), ("settings", "{\"a\": \"b=c\"}"), ("empty", "")], inherited: [])
    defer { block.close() }
    setenv(HOST_BLOCK_VARIABLE, "\(block.descriptor)", 1)
    var size = 0
    let text = try #require(host_block_take(&size))
    func field(_ name: String) -> String? { host_block_field(text, size, name).map { String(cString: $0) } }
    #expect(field("mode") == "record")
    #expect(field("settings") == "{\"a\": \"b=c\"}")
    #expect(field("empty") == "")
    #expect(field("mod") == nil)
    #expect(getenv(HOST_BLOCK_VARIABLE) == nil)
  }
}

@Suite struct OutputLogFileTests {
  private let folder: String

  init() throws {
    var template = Array("/tmp/florpy-test-XXXXXX".utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
  }

  private func append(_ text: String, to log: inout OutputLogFile) {
    Array(text.utf8).withUnsafeBytes { log.append($0) }
  }

  private func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 12)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
  }

  @Test func whatComesBeforeTheFolderIsKeptUntilItIsThere() {
    var log = OutputLogFile(folder: "\(folder)/run", name: "stdout.log")
    append("early ", to: &log)
    #expect(contents("\(folder)/run/stdout.log") == nil)
    mkdir("\(folder)/run", 0o700)
    append("late", to: &log)
    log.finish()
    #expect(contents("\(folder)/run/stdout.log") == "early late")
  }

  @Test func theLastMomentIsEarlyEnough() {
    var log = OutputLogFile(folder: "\(folder)/run", name: "stdout.log")
    append("all", to: &log)
    mkdir("\(folder)/run", 0o700)
    log.finish()
    #expect(contents("\(folder)/run/stdout.log") == "all")
  }

  @Test func tooMuchBeforeTheFolderLeavesNoFileWithAHole() {
    var log = OutputLogFile(folder: "\(folder)/run", name: "stdout.log")
    append(String(repeating: "x", count: (1 << 20) + 1), to: &log)
    mkdir("\(folder)/run", 0o700)
    append("late", to: &log)
    log.finish()
    #expect(contents("\(folder)/run/stdout.log") == nil)
  }
}

@Suite struct OutputPageTests {
  /// Reader | Writer
  ///   read, counted | write, total is what was written so far: at every moment, whoever has the bytes
  @Test func theTotalIsExactWhileTheOtherSideReads() async throws {
    var ends: [Int32] = [-1, -1]
    #expect(process_pipe(&ends) == 0)
    let (source, target) = (ends[0], ends[1])
    let file = process_memory_file("page", OUTPUT_PAGE_BYTES)
    // Shared memory of two mappings, as between two processes; each side uses its own.
    nonisolated(unsafe) let mine = try #require(output_page_map(file))
    nonisolated(unsafe) let theirs = try #require(output_page_map(file))
    let reader = Task.detached {
      var buffer = [UInt8](repeating: 0, count: 700)
      var question = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      while poll(&question, 1, -1) == 1, output_page_read(theirs, source, &buffer, buffer.count) > 0 {}
    }
    var written: Int64 = 0
    for round in 0..<5000 {
      let bytes = [UInt8](repeating: 1, count: round % 97)
      written += Int64(write(target, bytes, bytes.count))
      #expect(output_page_total_pipe(mine, target) == written)
    }
    close(target)
    await reader.value
  }

  @Test func aPipeThatIsGoneHasNoTotal() throws {
    let page = try #require(output_page_map(process_memory_file("page", OUTPUT_PAGE_BYTES)))
    #expect(output_page_total_pipe(page, -1) == -1)
  }
}

@Suite struct OutputChannelTests {
  private final class Received { var bytes: [UInt8] = [] }

  @Test func aSinkGetsEveryByteInOrder() throws {
    let received = Received()
    let channel = try OutputChannel(
      .sink { received.bytes += $0 }, StandardStreams.atStart.output, page: nil, hiding: nil, logFolder: nil,
      logName: "stdout.log")
    for round in 0..<100 {
      let bytes = [UInt8](repeating: UInt8(round), count: 3)
      #expect(write(channel.scriptEnd, bytes, 3) == 3)
      var polled = channel.polled
      #expect(poll(&polled, nfds_t(polled.count), 1000) == 1)
      channel.advance(polled[...])
    }
    #expect(received.bytes == (0..<100).flatMap { [UInt8](repeating: UInt8($0), count: 3) })
    #expect(channel.isDrained)
    #expect(channel.isOpen)
    channel.closeScriptEnd()
    var polled = channel.polled
    #expect(poll(&polled, nfds_t(polled.count), 1000) == 1)
    channel.advance(polled[...])
    #expect(!channel.isOpen)
  }
}

@Suite struct ExitStatusTests {
  @Test(arguments: [0, 1, 120, 255])
  func statusesAreMirrored(_ status: Int32) async {
    await #expect(processExitsWith: .exitCode(status)) { [status] in ExitStatus.exited(status).mirror() }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL, SIGSEGV])
  func signalsAreMirrored(_ number: Int32) async {
    await #expect(processExitsWith: .signal(number)) { [number] in ExitStatus.signalled(number).mirror() }
  }
}
