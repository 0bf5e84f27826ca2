import Glibc
import RunStore

/// A folder of its own that is gone with this value, in memory where the system has files there: tests synchronize a lot.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    var template = Array("\(Self.parent)/florpy-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ErrorNumber.current }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static var parent: String {
    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  }

  public static func remove(_ path: String) {
    let files = PosixFileSystem()
    for name in (try? files.names(in: path)) ?? [] {
      let inner = "\(path)/\(name)"
      if (try? files.remove(inner)) == nil { remove(inner) }
    }
    rmdir(path)
  }
}
