import RunModel
import RunStore

/// Where the recorded project is now: where it was, or beside its store if both were moved together.
struct Project {
  let root: String
  let folder: String
  let arguments: [String]

  init(_ header: RunHeader, store: String) throws(ReplayError) {
    let beside = store.hasSuffix("/.flor") ? String(store.dropLast("/.flor".count)) : nil
    let name = String(header.script.lastPart)
    let isMoved = header.module == nil && beside != nil && beside != header.root && Files.exists("\(beside!)/\(name)")
    root = isMoved ? beside! : header.root
    folder = isMoved ? Self.moved(header.cwd, from: header.root, to: root) : header.cwd
    guard Files.exists(folder) else { throw .noFolder(folder) }
    let rest = Array(header.argv.dropFirst())
    if let module = header.module {
      arguments = ["-m", module] + rest
    } else {
      // `sys.argv[0]` is the script as the user wrote it: relative to the folder that it was started in.
      let written = header.argv.first ?? header.script
      arguments = [isMoved && written.hasPrefix("/") ? Self.moved(written, from: header.root, to: root) : written] + rest
    }
  }

  private static func moved(_ path: String, from old: String, to new: String) -> String {
    path == old || path.hasPrefix(old + "/") ? new + path.dropFirst(old.count) : path
  }
}
