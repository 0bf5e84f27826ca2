import Glibc

/// A copy of a stream in the run's folder. Whether it can be kept or not, the run goes on.
struct OutputLogFile: ~Copyable {
  private let folder: String
  private let name: String
  private var descriptor: Int32 = -1
  private var waiting: [UInt8] = []
  private var isGivenUp = false

  // The host makes the folder; what comes before that is kept here.
  private static let mostWaitingBytes = 1 << 20

  init(folder: String, name: String) {
    self.folder = folder
    self.name = name
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard !isGivenUp else { return }
    if descriptor < 0 { openIfPossible() }
    if descriptor >= 0 {
      write(bytes)
    } else if waiting.count + bytes.count <= Self.mostWaitingBytes {
      waiting += bytes
    } else {
      giveUp()
    }
  }

  /// Writes what still waits for the folder, and closes the file.
  mutating func finish() {
    if descriptor < 0, !waiting.isEmpty { openIfPossible() }
    giveUp()
  }

  private mutating func openIfPossible() {
    descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let early = waiting
    waiting = []
    early.withUnsafeBytes { write($0) }
  }

  // A log with a hole would lie: after the first failure nothing more is written.
  private mutating func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return giveUp() }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private mutating func giveUp() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    waiting = []
    isGivenUp = true
  }
}
