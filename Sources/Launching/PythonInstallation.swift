/// A Python interpreter that florpy can run scripts with.
public struct PythonInstallation: Sendable {
  /// As the script will see it in `sys.executable`.
  public let executable: String
  /// "3.11.7"
  public let version: String
  /// The shared library that holds the interpreter.
  public let libpython: String

  /// What an interpreter says about itself.
  struct Facts {
    var implementation = ""
    var version = ""
    var flags = ""
    var executable = ""
    var prefix = ""
    var libraryFolder = ""
    var multiarch = ""
    var libraryNames: [String] = []

    var minorVersion: String { version.split(separator: ".").prefix(2).joined(separator: ".") }
  }

  static let supportedVersions: Set = ["3.10", "3.11", "3.12", "3.13"]

  /// Holds the facts of `path` to what florpy supports. `exists` says whether a file is there.
  init(_ facts: Facts, at path: String, exists: (String) -> Bool) throws(LaunchError) {
    guard facts.implementation == "cpython" else {
      throw .unsupportedPython(path, "\(facts.implementation) \(facts.version)")
    }
    guard Self.supportedVersions.contains(facts.minorVersion) else {
      throw .unsupportedPython(path, "Python \(facts.version)")
    }
    guard !facts.flags.contains("t") else { throw .unsupportedPython(path, "a free-threaded Python \(facts.version)") }
    let folders = facts.libraryFolders
    let candidates = folders.flatMap { folder in facts.sharedLibraryNames.map { "\(folder)/\($0)" } }
    guard let libpython = candidates.first(where: exists) else {
      throw .noSharedLibrary(path, facts.minorVersion, searched: folders)
    }
    self.executable = facts.executable
    self.version = facts.version
    self.libpython = libpython
  }
}

extension PythonInstallation.Facts {
  // A static build names its archive (libpython3.11.a) though its distribution may hold the shared library as well.
  var sharedLibraryNames: [String] {
    let stem = "libpython\(minorVersion)\(flags).so"
    return unique(libraryNames.filter { $0.hasPrefix("libpython") && $0.contains(".so") } + ["\(stem).1.0", stem])
  }

  var libraryFolders: [String] {
    let folders = [libraryFolder, "\(prefix)/lib", "\(prefix)/lib64"].filter { $0.hasPrefix("/") }
    let withMultiarch = folders.flatMap { multiarch.isEmpty ? [$0] : [$0, "\($0)/\(multiarch)"] }
    return unique(multiarch.isEmpty ? withMultiarch : withMultiarch + ["/usr/lib/\(multiarch)"])
  }

  private func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }
}
