import CProcess
import Glibc

/// What a short command printed, on both streams, and how it ended.
struct CommandOutput {
  let text: String
  let status: ExitStatus

  static func of(_ path: String, _ arguments: [String]) throws(LaunchError) -> CommandOutput {
    var ends: [Int32] = [-1, -1]
    guard process_pipe(&ends) == 0 else { throw .system("make a pipe", errno) }
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    var process: pid_t = 0
    var mask = sigset_t()
    sigprocmask(SIG_SETMASK, nil, &mask)
    let list = CArguments(([path] + arguments).map { Array($0.utf8) })
    let environment = CArguments.environment()
    let failure = process_spawn(path, list.pointer, environment.pointer, [null, ends[1], ends[1]], &mask, false, &process)
    close(ends[1])
    defer { close(ends[0]) }
    guard failure == 0 else { throw .pythonDoesNotRun(path, String(cString: strerror(failure))) }
    return CommandOutput(text: everything(ends[0]), status: ExitStatus.awaited(process))
  }

  private static func everything(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
