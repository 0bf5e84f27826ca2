import Glibc
import RunModel
import RunStore

/// Questions about paths that are asked of the system, by plain calls that a forked child may make as well.
enum FilePath {
  /// With every link resolved; nil where it leads nowhere, or is no text.
  static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(validatingCString: text)
  }

  /// With the links of its folder resolved, and its own name kept.
  static func resolvedFolder(_ path: String) -> String? {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let name = trimmed.split(separator: "/").last.map(String.init) ?? ""
    guard !name.isEmpty, name != ".", name != ".." else { return resolved(trimmed) }
    guard let folder = resolved(folder(of: trimmed)) else { return nil }
    return join(folder, name)
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  static func join(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder == "/" ? "/" + path : "\(folder)/\(path)"
  }

  /// What a link says; nil of anything else.
  static func target(of path: String) -> String? {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &text, text.count - 1)
    guard count > 0 else { return nil }
    return String(validating: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func kind(of status: stat) -> TouchedFile.Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && kind(of: status) == .folder
  }

  static func names(in path: String) -> [String] { (try? PosixFileSystem().names(in: path)) ?? [] }

  /// One write of one line, so that lines of several processes do not mix.
  static func append(line: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }

  /// The hash of a file's bytes; nil where it cannot be read.
  static func hash(_ path: String) -> ContentHash? {
    // Never waits: what was a plain file a moment ago may be a pipe now.
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard source >= 0 else { return nil }
    defer { close(source) }
    return pour(source, into: nil)
  }

  /// The hash of the bytes that were copied; nil where that did not work.
  static func copy(_ path: String, to copy: String) -> ContentHash? {
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard source >= 0 else { return nil }
    defer { close(source) }
    let destination = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard destination >= 0 else { return nil }
    let hash = pour(source, into: destination)
    return close(destination) == 0 ? hash : nil
  }

  private static func pour(_ source: Int32, into destination: Int32?) -> ContentHash? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var hash = HashStream()
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return hash.hash }
      let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(part)
      guard let destination else { continue }
      do throws(ErrorNumber) { try PosixFileSystem().writeAll(part, to: destination) } catch { return nil }
    }
  }
}
