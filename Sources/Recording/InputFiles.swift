import Glibc
import RunModel
public import RunStore

/// Notes what the files were that the script reads: `inputs.jsonl` of `docs/run-format.md`. A replay names those that have changed.
///
/// As with `TouchedFiles` a fault here never disturbs the script, and forked children call it as well.
///
/// Sendable unchecked: every call comes from Python's audit hook, with the GIL held.
public final class InputFiles: @unchecked Sendable {
  /// Of larger files, and once there were so many, the content is not looked at.
  static let maximumHashedBytes = 256 << 10
  static let maximumHashedFiles = 1000
  static let maximumFiles = 10_000

  private let run: RunDirectory
  private let touched: TouchedFiles
  private let foreign: [String]
  private var seen: Set<String> = []
  private var hashed = 0

  private static let systemFolders = ["/usr/", "/etc/", "/lib/", "/lib64/", "/bin/"]
  private static let packageFolders: Set<Substring> = ["site-packages", "dist-packages"]

  /// `besides`: folders of Python's.
  public init(run: RunDirectory, touched: TouchedFiles, besides folders: [String]) {
    self.run = run
    self.touched = touched
    foreign = folders.map { $0.hasSuffix("/") ? $0 : $0 + "/" } + Self.systemFolders
  }

  public func willRead(_ path: String) {
    guard seen.count < Self.maximumFiles, seen.insert(path).inserted, let resolved = FilePath.resolved(path), isInput(resolved),
      resolved == path || seen.insert(resolved).inserted, let file = described(resolved)
    else { return }
    FilePath.append(line: file.json, to: run.inputFiles)
  }

  private func isInput(_ path: String) -> Bool {
    // By what the script has changed itself a replay comes by itself.
    // Searching the path for a text would link in Swift's regular expressions, a megabyte more for every script's process.
    !touched.knows(path) && !foreign.contains(where: path.hasPrefix)
      && !path.split(separator: "/").dropLast().contains(where: Self.packageFolders.contains)
  }

  private func described(_ path: String) -> InputFile? {
    var status = stat()
    guard stat(path, &status) == 0, FilePath.kind(of: status) == .file else { return nil }
    let isSmall = Int(status.st_size) <= Self.maximumHashedBytes && hashed < Self.maximumHashedFiles
    hashed += isSmall ? 1 : 0
    return InputFile(
      path: path, bytes: Int(status.st_size),
      modifiedNanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec,
      hash: isSmall ? FilePath.hash(path) : nil)
  }
}

extension InputFile {
  /// Written by hand: encoders need Foundation, which the script's process does without.
  var json: String {
    let hash = hash.map { "\"\($0.hex)\"" } ?? "null"
    return "{\"path\":\(JSONObjectText.quoted(path)),\"bytes\":\(bytes),\"modified_nanoseconds\":\(modifiedNanoseconds),"
      + "\"hash\":\(hash)}"
  }
}
