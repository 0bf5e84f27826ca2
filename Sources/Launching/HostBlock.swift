import CProcess
import Glibc

/// What a host is told, in a memory file that it inherits (`HostBlock.h`).
struct HostBlock {
  let descriptor: Int32
  private let inherited: [Int32]

  /// `inherited` are the descriptors that the fields name.
  init(_ fields: [(name: String, value: String)], inherited: [Int32]) throws(LaunchError) {
    let bytes = fields.flatMap { field -> [UInt8] in Array("\(field.name)=\(field.value)".utf8) + [0] }
    let file = process_memory_file("florpy-host", 0)
    guard file >= 0 else { throw .system("make a memory file", errno) }
    defer { Glibc.close(file) }
    guard write(file, bytes, bytes.count) == bytes.count else { throw .system("fill a memory file", errno) }
    descriptor = try Self.passed(file)
    self.inherited = inherited + [descriptor]
  }

  /// A duplicate that survives exec, with so high a number that the script's own files get the numbers they always get.
  static func passed(_ descriptor: Int32) throws(LaunchError) -> Int32 {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let duplicate = process_duplicate_from(descriptor, Int32(max(3, min(limit.rlim_cur, 1024) &- 40)))
    guard duplicate >= 0 else { throw .system("duplicate a descriptor", errno) }
    return duplicate
  }

  /// Closes what only the host needs.
  func close() { for descriptor in inherited { Glibc.close(descriptor) } }
}
