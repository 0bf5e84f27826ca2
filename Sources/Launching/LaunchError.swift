import Glibc

/// Why a script could not be started.
public struct LaunchError: Error, CustomStringConvertible {
  /// Exit statuses of sysexits.h.
  public enum Code: Int32, Sendable {
    case usage = 64
    case noSuchScript = 66
    case noUsablePython = 69
    case systemFailure = 71
  }

  public let code: Code
  /// What failed, on what, and why.
  public let message: String
  /// What the user can do about it.
  public let hint: String

  public var description: String { "\(message)\n\nhint: \(hint)" }
}

extension LaunchError {
  static func pythonNotFound(_ place: String) -> LaunchError {
    LaunchError(
      code: .noUsablePython, message: "no Python at `\(place)`", hint: "name an interpreter with `--python PATH`")
  }

  static func noPythonOnPath() -> LaunchError {
    LaunchError(
      code: .noUsablePython, message: "no `python3` on PATH",
      hint: "activate a virtual environment, or name an interpreter with `--python PATH`")
  }

  public static func pythonDoesNotRun(_ path: String, _ reason: String) -> LaunchError {
    LaunchError(
      code: .noUsablePython, message: "`\(path)` does not run as a Python interpreter: \(reason)",
      hint: "try `\(path) -I -c 'import sysconfig'`, or name another interpreter with `--python PATH`")
  }

  static func unsupportedPython(_ path: String, _ what: String) -> LaunchError {
    LaunchError(
      code: .noUsablePython, message: "`\(path)` is \(what), which florpy does not support",
      hint: "use CPython 3.10, 3.11, 3.12 or 3.13: `--python PATH`")
  }

  static func noSharedLibrary(_ path: String, _ version: String, searched: [String]) -> LaunchError {
    LaunchError(
      code: .noUsablePython,
      message: "`\(path)` has no shared libpython\(version); looked in \(searched.joined(separator: ", "))",
      hint:
        "`apt install libpython\(version)` for the system's Python; `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install` "
        + "for one of pyenv")
  }

  static func noPythonFolder(_ executable: String) -> LaunchError {
    LaunchError(
      code: .systemFailure, message: "the Python package `flor` is neither beside `\(executable)` nor above it",
      hint: "set FLORPY_PYTHON_DIR to the folder that holds `flor`")
  }

  static func system(_ what: String, _ number: Int32) -> LaunchError {
    LaunchError(
      code: .systemFailure, message: "cannot \(what): \(String(cString: strerror(number)))",
      hint: "check the limits on open files and processes (`ulimit -a`)")
  }

  public static func noSuchScript(_ path: String) -> LaunchError {
    LaunchError(
      code: .noSuchScript, message: "no such script: `\(path)`",
      hint: "give the script's path as you would to `python`; for a module, `-m MODULE`")
  }

  public static func noMainModule(_ folder: String) -> LaunchError {
    LaunchError(
      code: .noSuchScript, message: "`\(folder)` is a folder without `__main__.py`",
      hint: "name a script inside it, or `-m PACKAGE`")
  }

  public static func usage(_ message: String, hint: String) -> LaunchError {
    LaunchError(code: .usage, message: message, hint: hint)
  }
}
