import CProcess
import Glibc

/// A script in a process of its own, with its output relayed.
public struct ScriptProcess {
  /// Runs the script to its end, with output, signals and status as if it had been run without us.
  ///
  /// A copy of the output goes to `stdout.log` and `stderr.log` in `outputFolder` once that folder exists. Where stdout
  /// and stderr are one and the same (a terminal, `2>&1`), they share one channel, which keeps their order, and all
  /// goes to `stdout.log`. The script's failure is a result and not an error. `isHiddenAtFirst`: its output is thrown away until
  /// its process says otherwise.
  public static func run(
    _ configuration: HostConfiguration, outputFolder: String?, stdout: OutputTarget = .inherited,
    stderr: OutputTarget = .inherited, isHiddenAtFirst: Bool = false
  ) throws(LaunchError) -> ExitStatus {
    let wiring = try OutputWiring(
      outputFolder: outputFolder, stdout: stdout, stderr: stderr, isHiddenAtFirst: isHiddenAtFirst)
    let signals = try SignalMirror()
    defer { signals.end() }
    let folder = try PythonFolder.located()
    let block = try wiring.hostBlock(configuration, pythonFolder: folder)
    let process = try spawned(configuration, wiring, block, mask: signals.originalMask)
    block.close()
    wiring.closeScriptEnds()
    let relay = OutputRelay(
      process: process, channels: wiring.channels, signals: signals, questions: wiring.questions, page: wiring.page,
      canHandOver: wiring.isInherited)
    let status = try relay.run()
    for channel in wiring.channels { channel.finishLog() }
    return wiring.trueStatus(status)
  }

  private static func spawned(
    _ configuration: HostConfiguration, _ wiring: OutputWiring, _ block: HostBlock, mask: sigset_t
  ) throws(LaunchError) -> pid_t {
    // The script's arguments are the process's own, so that `ps` shows what it would show without us.
    let arguments = CArguments([Array(configuration.python.executable.utf8)] + configuration.arguments)
    let environment = CArguments.environment(setting: [(HOST_BLOCK_VARIABLE, "\(block.descriptor)")])
    var (process, mask) = (pid_t(0), mask)
    let failure = process_spawn(
      "/proc/self/exe", arguments.pointer, environment.pointer, wiring.standardEnds, &mask, false, &process)
    guard failure == 0 else { throw .system("start a process for the script", failure) }
    return process
  }
}
