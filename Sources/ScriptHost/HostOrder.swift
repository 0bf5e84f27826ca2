import CProcess

/// What the supervisor told this host (`HostBlock.h`).
public struct HostOrder {
  private let block: UnsafePointer<CChar>
  private let size: Int

  /// The block that the supervisor left for this process; nil where this process is no host.
  public static func taken() -> HostOrder? {
    var size = 0
    guard let block = host_block_take(&size) else { return nil }
    return HostOrder(block: block, size: size)
  }

  private func field(_ name: String) -> String? {
    host_block_field(block, size, name).map { String(cString: $0) }
  }

  private func descriptor(_ name: String) -> Int32? { field(name).flatMap { Int32($0) } }

  public var mode: String { field(HOST_MODE) ?? "inert" }
  /// Whether no script runs in this process.
  var isPlanner: Bool { mode == "plan" }
  public var settings: String { field(HOST_SETTINGS) ?? "{}" }

  var libpython: String { field(HOST_LIBPYTHON) ?? "" }
  var pythonVersion: String { field(HOST_PYTHON_VERSION) ?? "" }
  var pythonFolder: UnsafePointer<CChar>? { host_block_field(block, size, HOST_PYTHON_FOLDER) }
  var supervisor: Int32 { descriptor(HOST_SUPERVISOR) ?? 0 }
  var pageDescriptor: Int32? { descriptor(HOST_PAGE) }
  var channelDescriptor: Int32? { descriptor(HOST_CHANNEL) }
  var questionsDescriptor: Int32? { descriptor(HOST_QUESTIONS) }
  var isMerged: Bool { field(HOST_MERGED) == "1" }
  var stdoutBlockBytes: Int { field(HOST_STDOUT_BLOCK).flatMap { Int($0) } ?? 0 }
  var stderrBlockBytes: Int { field(HOST_STDERR_BLOCK).flatMap { Int($0) } ?? 0 }
}
