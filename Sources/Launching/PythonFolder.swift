import Glibc

/// The folder that holds the Python package `flor`, which belongs to this executable.
public enum PythonFolder {
  public static func located() throws(LaunchError) -> String {
    let executable = resolved("/proc/self/exe")
    let named = getenv("FLORPY_PYTHON_DIR").map { resolved(String(cString: $0)) }
    let candidates = named.map { [$0] } ?? candidates(beside: executable) + packageFolders(beside: executable)
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

  /// Where pip puts the package of a command that it puts into `bin`.
  private static func packageFolders(beside executable: String) -> [String] {
    let prefix = "/" + executable.split(separator: "/").dropLast(2).joined(separator: "/")
    var found = glob_t()
    defer { globfree(&found) }
    guard glob("\(prefix)/lib/python3.*/*-packages", 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
