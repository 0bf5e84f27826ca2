import FoundationEssentials
import Glibc

/// What this machine has for workers.
struct Capacity {
  var cores: Int
  var availableBytes: Int
  /// The devices that a program sees, as `CUDA_VISIBLE_DEVICES` would name them.
  var devices: [String]

  static func here(recordedDevices: Int) -> Capacity {
    Capacity(
      cores: max(1, ProcessInfo.processInfo.activeProcessorCount), availableBytes: availableMemoryBytes(),
      devices: recordedDevices == 0 ? [] : visibleDevices() ?? (0..<recordedDevices).map(String.init))
  }

  /// How many workers shall run at once: as many as were asked for, or as there is room for.
  func workers(asked: Int?, _ plan: PlanFile) -> Int {
    let most = asked ?? (devices.isEmpty ? max(1, Int((Double(cores) / max(1, plan.busyCores)).rounded())) : devices.count)
    guard plan.peakBytes > 0, availableBytes > 0 else { return most }
    return max(1, min(most, availableBytes / plan.peakBytes))
  }

  /// How many workers have the cores that the recorded program kept busy. More take turns.
  func atOnce(_ plan: PlanFile) -> Double { max(1, Double(cores) / max(0.01, plan.busyCores)) }

  /// What a worker's environment says of devices, where there are several: one for each worker.
  func environment(of worker: Int) -> [(name: String, value: String)] {
    devices.count < 2 ? [] : [("CUDA_VISIBLE_DEVICES", devices[worker % devices.count])]
  }

  private static func visibleDevices() -> [String]? {
    getenv("CUDA_VISIBLE_DEVICES").map { String(cString: $0).split(separator: ",").map(String.init) }
  }

  private static func availableMemoryBytes() -> Int {
    guard let file = fopen("/proc/meminfo", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .split(separator: " ")
      if words.first == "MemAvailable:", words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    }
    return 0
  }
}
