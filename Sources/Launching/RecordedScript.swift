import Glibc

/// The script or module that the user named.
public struct RecordedScript: Sendable {
  /// A script's absolute path; a module's name.
  public let name: String
  /// The folder that the store belongs in.
  public let folder: String
  public let isModule: Bool

  public init(_ name: String, isModule: Bool) throws(LaunchError) {
    let here = Self.currentFolder
    self.isModule = isModule
    if isModule {
      (self.name, folder) = (name, here)
      return
    }
    var facts = stat()
    guard stat(name, &facts) == 0 else { throw .noSuchScript(name) }
    let path = name.hasPrefix("/") ? name : "\(here)/\(name)"
    self.name = path
    guard facts.st_mode & S_IFMT == S_IFDIR else {
      folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      return
    }
    guard ["__main__.py", "__main__.pyc"].contains(where: { access("\(path)/\($0)", F_OK) == 0 }) else {
      throw .noMainModule(name)
    }
    folder = path
  }

  private static var currentFolder: String {
    guard let folder = getcwd(nil, 0) else { return "." }
    defer { free(folder) }
    return String(cString: folder)
  }
}
