import Glibc

/// The folder that holds the Python package `flor`, which belongs to this executable.
public enum PythonFolder {
  public static func located() throws(LaunchError) -> String {
    let executable = resolved("/proc/self/exe")
    let named = getenv("FLORPY_PYTHON_DIR").map { resolved(String(cString: $0)) }
    let candidates = named.map { [$0] } ?? candidates(beside: executable)
    guard let folder = candidates.first(where: { access("\($0)/flor/__init__.py", R_OK) == 0 }) else {
      throw .noPythonFolder(executable)
    }
    return folder
  }

  /// An installed tree has it in `share`; in a checkout the executable lies somewhere below the folder that has
  /// `python`.
  static func candidates(beside executable: String) -> [String] {
    var folders: [String] = []
    var rest = executable.split(separator: "/").dropLast()
    folders.append("/" + (rest.dropLast() + ["share", "florpy", "python"]).joined(separator: "/"))
    while !rest.isEmpty {
      folders.append("/" + (rest + ["python"]).joined(separator: "/"))
      rest = rest.dropLast()
    }
    return folders
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
