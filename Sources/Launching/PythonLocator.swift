import Glibc

/// Finds the interpreter that a script is to run with, and asks it about itself.
public struct PythonLocator {
  private let environment: (String) -> String?

  public init() { environment = { getenv($0).map { String(cString: $0) } } }

  init(environment: @escaping (String) -> String?) { self.environment = environment }

  /// The interpreter at `path`; without one that of the virtual environment, or `python3` on PATH.
  public func installation(_ path: String?) throws(LaunchError) -> PythonInstallation {
    let executable = try executable(path)
    let facts = try facts(executable)
    return try PythonInstallation(facts, at: executable) { access($0, R_OK) == 0 }
  }

  func executable(_ path: String?) throws(LaunchError) -> String {
    if let path { return try named(path) }
    if let virtual = environment("VIRTUAL_ENV"), isExecutable("\(virtual)/bin/python") {
      return "\(virtual)/bin/python"
    }
    guard let found = onPath("python3") else { throw .noPythonOnPath() }
    return found
  }

  private func named(_ path: String) throws(LaunchError) -> String {
    let found = path.contains("/") ? path : onPath(path)
    guard let found, access(found, F_OK) == 0 else { throw .pythonNotFound(path) }
    guard isExecutable(found) else { throw .pythonDoesNotRun(found, "it is not an executable file") }
    return found
  }

  private func onPath(_ name: String) -> String? {
    (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
      .split(separator: ":", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "./\(name)" : "\($0)/\(name)" }
      .first(where: isExecutable)
  }

  private func isExecutable(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }

  private static let mark = "florpy-fact:"

  // -I and -S: neither the environment nor site-packages may have a say in the answer, nor make it slow.
  private static let question = """
    import sys, sysconfig
    variables = sysconfig.get_config_vars()
    named = [variables.get(name) or "" for name in ("LIBDIR", "MULTIARCH", "INSTSONAME", "LDLIBRARY")]
    version = "%d.%d.%d" % sys.version_info[:3]
    about = [sys.implementation.name, version, getattr(sys, "abiflags", ""), sys.executable, sys.base_prefix]
    for fact in about + named: print("\(mark)%s" % fact)
    """

  private func facts(_ path: String) throws(LaunchError) -> PythonInstallation.Facts {
    let output = try CommandOutput.of(path, ["-I", "-S", "-c", Self.question])
    let lines = output.text.split(separator: "\n", omittingEmptySubsequences: false)
    let answers = lines.filter { $0.hasPrefix(Self.mark) }.map { String($0.dropFirst(Self.mark.count)) }
    guard output.status == .exited(0), answers.count == 9 else {
      let said = lines.last { !$0.isEmpty }.map(String.init)
      throw .pythonDoesNotRun(path, said ?? "it ended with \(output.status) and said nothing")
    }
    return PythonInstallation.Facts(
      implementation: answers[0], version: answers[1], flags: answers[2], executable: answers[3], prefix: answers[4],
      libraryFolder: answers[5], multiarch: answers[6], libraryNames: [answers[7], answers[8]])
  }
}
