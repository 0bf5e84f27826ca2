public import RunStore

/// What may be left of a store when the power fails: all that was synchronized, and any part of the rest.
///
/// Each write that was not synchronized is there, there in part, or not there, whatever became of the others; so is each name in
/// a folder that was not. Nothing is made durable by something else's being so: POSIX promises no more than that.
public struct PowerFailure {
  /// The names of one folder that were synchronized, and what was done to them since.
  private struct Folder {
    var names: [String: Entry] = [:]
    var pending: [Change] = []
  }

  private struct Content {
    var bytes: [UInt8] = []
    var pending: [VolatileFileSystem.Operation] = []
  }

  private enum Entry {
    case file(Int)
    case folder
  }

  private enum Change {
    case add(String, Entry)
    case move(String, to: String)
    case remove(String)
  }

  private var folders: [String: Folder] = [:]
  private var contents: [Int: Content] = [:]
  /// Manifests whose names are durable.
  public private(set) var committed: Set<Int> = []

  /// After the first `count` of what was done.
  public init(of files: VolatileFileSystem, after count: Int) {
    for operation in files.operations.prefix(count) { follow(operation) }
  }

  private mutating func follow(_ operation: VolatileFileSystem.Operation) {
    switch operation {
    case .created(let path, let file): change(path) { .add($0, .file(file)) }
    case .madeDirectory(let path): change(path) { .add($0, .folder) }
    case .removed(let path): change(path) { .remove($0) }
    case .renamed(let path, let newPath): change(path) { .move($0, to: Self.parts(newPath).name) }
    case .wrote(let file, _, _), .truncated(let file, _): contents[file, default: Content()].pending.append(operation)
    case .synchronized(let file): settle(file) { _ in 1 }
    case .synchronizedDirectory(let path): settle(folder: path) { true }
    }
  }

  private mutating func change(_ path: String, _ change: (String) -> Change) {
    let (folder, name) = Self.parts(path)
    folders[folder, default: Folder()].pending.append(change(name))
  }

  /// `share`: how much of a write is there, from 0 to 1.
  private mutating func settle(_ file: Int, share: (Int) -> Double) {
    var content = contents[file] ?? Content()
    for (number, operation) in content.pending.enumerated() {
      let share = share(number)
      switch operation {
      case .wrote(_, let offset, let bytes) where share > 0:
        let part = bytes.prefix(Int((Double(bytes.count) * share).rounded(.up)))
        // What was lost before it reads as zeros.
        if content.bytes.count < offset + part.count {
          content.bytes += [UInt8](repeating: 0, count: offset + part.count - content.bytes.count)
        }
        content.bytes.replaceSubrange(offset..<offset + part.count, with: part)
      case .truncated(_, let byteCount) where share == 1: content.bytes = Array(content.bytes.prefix(byteCount))
      default: break
      }
    }
    content.pending = []
    contents[file] = content
  }

  private mutating func settle(folder path: String, happened: () -> Bool) {
    var folder = folders[path] ?? Folder()
    var moved: [String: Entry] = folder.names
    for change in folder.pending {
      switch change {
      case .add(let name, let entry):
        moved[name] = entry
        if happened() { folder.names[name] = entry }
      case .move(let name, let newName):
        moved[newName] = moved.removeValue(forKey: name)
        guard happened() else { continue }
        folder.names[name] = nil
        folder.names[newName] = moved[newName]
      case .remove(let name):
        moved[name] = nil
        if happened() { folder.names[name] = nil }
      }
    }
    folder.pending = []
    folders[path] = folder
    if path.hasSuffix("/checkpoints") { committed = Set(folder.names.keys.compactMap(RunDirectory.checkpoint(named:))) }
  }

  /// Puts one of the states that are possible below `target`; `store` is what was recorded into.
  public func materialize(
    _ store: String, at target: String, using generator: inout some RandomNumberGenerator
  ) throws {
    var state = self
    for file in contents.keys.sorted() {
      state.settle(file) { _ in [0, 1, 1, Double.random(in: 0...1, using: &generator)].randomElement(using: &generator) ?? 0 }
    }
    for path in folders.keys.sorted() { state.settle(folder: path) { Bool.random(using: &generator) } }
    let files = PosixFileSystem()
    try files.makeDirectory(target)
    try state.write(store, at: target, files)
  }

  private func write(_ path: String, at target: String, _ files: PosixFileSystem) throws {
    for (name, entry) in folders[path]?.names ?? [:] {
      switch entry {
      case .file(let file):
        try files.withDescriptor(of: "\(target)/\(name)", for: .creating) { descriptor throws(ErrorNumber) in
          try files.writeAll(contents[file]?.bytes ?? [], to: descriptor)
        }
      case .folder:
        try files.makeDirectory("\(target)/\(name)")
        try write("\(path)/\(name)", at: "\(target)/\(name)", files)
      }
    }
  }

  private static func parts(_ path: String) -> (folder: String, name: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}
