import Glibc
import RunModel
public import RunStore

/// Keeps what the script's files were before it first changed them: `files.jsonl` and `originals/` of
/// `docs/run-format.md`.
///
/// A fault here never disturbs the script: what cannot be kept is left out. Plain system calls and no locks, because
/// forked children call it as well; each appends whole lines, and the first line of a path counts.
///
/// Sendable unchecked: every call comes from Python's audit hook, with the GIL held.
public final class TouchedFiles: @unchecked Sendable {
  /// Larger files are not kept, nor any more once so much was kept.
  static let maximumFileBytes = 256 << 20
  static let maximumRunBytes = 1 << 30
  static let maximumTreeEntries = 10_000

  private let run: RunDirectory
  /// Whatever lies in here is ours.
  private let store: String
  private var seen: Set<String> = []
  private var keptBytes = 0
  private var copies = 0
  private var keptPaths: [String] = []

  public init(run: RunDirectory, store: String) {
    self.run = run
    self.store = (FilePath.resolved(store) ?? store) + "/"
  }

  /// The content that `path` leads to is about to change.
  public func willChangeContent(of path: String) {
    if let resolved = FilePath.resolved(path) { return touch(resolved) }
    willChange(name: path)
    // A link that leads nowhere is about to lead to a new file.
    if let target = FilePath.target(of: path) { willChange(name: FilePath.join(FilePath.folder(of: path), target)) }
  }

  /// What is called `name` is about to be made, replaced or removed.
  public func willChange(name path: String) {
    if let resolved = FilePath.resolvedFolder(path) { touch(resolved) }
  }

  /// The same, with all that lies in it.
  public func willChangeTree(_ path: String) {
    guard let root = FilePath.resolvedFolder(path) else { return }
    var waiting = [root]
    var count = 0
    while let path = waiting.popLast(), count < Self.maximumTreeEntries {
      touch(path)
      count += 1
      if FilePath.isFolder(path) { waiting += FilePath.names(in: path).map { "\(path)/\($0)" } }
    }
  }

  public func willChangeDatabase(_ path: String) {
    for name in [path, path + "-journal", path + "-wal", path + "-shm"] { willChangeContent(of: name) }
  }

  /// Makes what was kept outlive a power failure. False where that did not work.
  public func finish() -> Bool {
    guard !seen.isEmpty else { return true }
    return (keptPaths + [run.originals, run.touchedFiles]).allSatisfy { path in
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return errno == ENOENT }
      defer { close(descriptor) }
      return fsync(descriptor) == 0
    }
  }

  private func touch(_ path: String) {
    guard !path.hasPrefix(store), path.utf8.count < Int(PATH_MAX), seen.insert(path).inserted else { return }
    append(described(path))
  }

  private func described(_ path: String) -> TouchedFile {
    var status = stat()
    guard lstat(path, &status) == 0 else { return TouchedFile(path: path, existed: false) }
    var file = TouchedFile(path: path, existed: true, kind: FilePath.kind(of: status))
    file.mode = Int(status.st_mode & 0o7777)
    file.modifiedNanoseconds = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    if file.kind == .link { file.target = FilePath.target(of: path) }
    if file.kind == .file {
      file.bytes = Int(status.st_size)
      file.kept = kept(path, byteCount: Int(status.st_size))
    }
    return file
  }

  private func kept(_ path: String, byteCount: Int) -> ContentHash? {
    guard byteCount <= Self.maximumFileBytes, keptBytes + byteCount <= Self.maximumRunBytes else { return nil }
    mkdir(run.originals, 0o700)
    copies += 1
    let temporary = "\(run.originals)/\(getpid())-\(copies).tmp"
    guard let hash = FilePath.copy(path, to: temporary), rename(temporary, run.original(hash)) == 0 else {
      unlink(temporary)
      return nil
    }
    keptBytes += byteCount
    keptPaths.append(run.original(hash))
    return hash
  }

  private func append(_ file: TouchedFile) { FilePath.append(line: file.json, to: run.touchedFiles) }

  /// Whether `path`, a resolved one, is ours or was changed by the script.
  func knows(_ path: String) -> Bool { path.hasPrefix(store) || seen.contains(path) }
}

extension TouchedFile {
  /// Written by hand: encoders need Foundation, which the script's process does without.
  var json: String {
    let fields: [(String, String?)] = [
      ("path", JSONObjectText.quoted(path)), ("existed", "\(existed)"), ("kind", kind.map { "\"\($0.rawValue)\"" }),
      ("bytes", bytes.map(String.init)), ("mode", mode.map(String.init)),
      ("modified_nanoseconds", modifiedNanoseconds.map(String.init)), ("kept", kept.map { "\"\($0.hex)\"" }),
      ("target", target.map(JSONObjectText.quoted)),
    ]
    return "{" + fields.map { "\"\($0.0)\":\($0.1 ?? "null")" }.joined(separator: ",") + "}"
  }
}
