import ArgumentParser
import Glibc
import Launching

/// `--python`, and what is done in that Python for us: libraries that are the user's write what is theirs.
struct PythonOption: ParsableArguments {
  @Option(
    name: .customLong("python"),
    help: ArgumentHelp("The interpreter. (default: that of $VIRTUAL_ENV, or python3 on PATH)", valueName: "PATH"))
  var path: String?

  /// Becomes that Python, which runs a module of ours; so its messages and its exit status are this command's.
  func run(_ module: String, _ arguments: [String]) throws -> Never {
    let python = try PythonLocator().installation(path).executable
    let folder = try PythonFolder.located()
    let others = getenv("PYTHONPATH").map { ":\(String(cString: $0))" } ?? ""
    setenv("PYTHONPATH", folder + others, 1)
    // Where it finds the command that brings the catalogue up to date.
    if let executable = realpath("/proc/self/exe", nil) {
      setenv("FLORPY", executable, 1)
      free(executable)
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([python, "-m", module] + arguments).map { strdup($0) } + [nil]
    execv(python, &words)
    throw LaunchError.pythonDoesNotRun(python, String(cString: strerror(errno)))
  }
}
