import Glibc
import RunModel
import RunStore

/// Where the recorded project is now: where it was, or beside its store if both were moved together.
struct Project {
  let root: String
  let folder: String
  let arguments: [String]

  init(_ header: RunHeader, store: String) throws(ReplayError) {
    let beside = store.hasSuffix("/.flor") ? Self.resolved(String(store.dropLast("/.flor".count))) : nil
    let was = header.module == nil ? String(header.script.dropLast(header.script.lastPart.count + 1)) : header.root
    let name = String(header.script.lastPart)
    // A module has no file here to look for: its project is elsewhere if it is not where it was.
    let isThere = beside.map { header.module == nil ? Files.exists("\($0)/\(name)") : !Files.exists(header.root) } ?? false
    let isMoved = isThere && beside != Self.resolved(was)
    root = if isMoved, let beside { beside } else { header.root }
    folder = isMoved ? Self.moved(header.cwd, from: header.root, to: root) : header.cwd
    guard Files.exists(folder) else { throw .noFolder(folder) }
    let script = isMoved ? "\(root)/\(name)" : header.script
    guard header.module != nil || Files.exists(script) else { throw .noScript(script) }
    let rest = Array(header.argv.dropFirst())
    if let module = header.module {
      arguments = ["-m", module] + rest
    } else {
      // `sys.argv[0]` is the script as the user wrote it: relative to the folder that it was started in.
      let written = header.argv.first ?? header.script
      arguments = [isMoved && written.hasPrefix("/") ? Self.moved(written, from: header.root, to: root) : written] + rest
    }
  }

  /// Without links; a folder that is not there stays as it is written.
  private static func resolved(_ folder: String) -> String {
    guard let path = realpath(folder, nil) else { return folder }
    defer { free(path) }
    return String(cString: path)
  }

  private static func moved(_ path: String, from old: String, to new: String) -> String {
    path == old || path.hasPrefix(old + "/") ? new + path.dropFirst(old.count) : path
  }
}
