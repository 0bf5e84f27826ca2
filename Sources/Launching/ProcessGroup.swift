import Glibc

/// The processes of one group, as `/proc` shows them.
enum ProcessGroup {
  /// Their processor time so far, in clock ticks.
  static func ticks(_ group: pid_t) -> Int {
    members(group).reduce(0) { $0 + $1.ticks }
  }

  static func isEmpty(_ group: pid_t) -> Bool { kill(-group, 0) < 0 && errno == ESRCH }

  private static func members(_ group: pid_t) -> [(process: pid_t, ticks: Int)] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [(pid_t, Int)] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let process = pid_t(name), let facts = facts(process), facts.group == group { found.append((process, facts.ticks)) }
    }
    return found
  }

  /// Fields 5, 14 and 15 of `/proc/PID/stat`; the name, field 2, may hold spaces and parentheses.
  private static func facts(_ process: pid_t) -> (group: pid_t, ticks: Int)? {
    let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0, let name = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[(name + 1)..<count], as: UTF8.self).split(separator: " ")
    guard fields.count > 12, let group = pid_t(fields[2]), let user = Int(fields[11]), let system = Int(fields[12]) else {
      return nil
    }
    return (group, user + system)
  }
}
