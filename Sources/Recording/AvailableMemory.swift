/// What this process can still use without driving the machine, or its control group, out of memory.
enum AvailableMemory {
  /// Nil where the system does not tell.
  static var byteCount: Int? {
    [ofMachine, ofControlGroup].compactMap { $0 }.min()
  }

  private static var ofMachine: Int? {
    guard let text = KernelFile.text(of: "/proc/meminfo"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") })
    else { return nil }
    return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }

  /// Version 2 of control groups, seen from inside a container. Where there is no limit the file says `max`.
  private static var ofControlGroup: Int? {
    guard let limit = number(in: "/sys/fs/cgroup/memory.max"), let used = number(in: "/sys/fs/cgroup/memory.current")
    else { return nil }
    return max(0, limit - used)
  }

  private static func number(in path: String) -> Int? {
    KernelFile.text(of: path).flatMap { Int($0.prefix { $0.isNumber }) }
  }
}
