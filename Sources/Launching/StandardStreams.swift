import CProcess
import Glibc

/// One of the streams that this process was started with.
struct StandardStream: Sendable {
  enum Kind: Sendable { case closed, terminal, pipe, other }

  let descriptor: Int32
  let kind: Kind
  let blockBytes: Int
  private let device: UInt
  private let inode: UInt

  init(descriptor: Int32) {
    var facts = stat()
    self.descriptor = descriptor
    let isOpen = fstat(descriptor, &facts) == 0
    let format = facts.st_mode & S_IFMT
    kind =
      !isOpen ? .closed : isatty(descriptor) == 1 ? .terminal : format == S_IFIFO || format == S_IFSOCK ? .pipe : .other
    blockBytes = Int(facts.st_blksize)
    device = UInt(facts.st_dev)
    inode = UInt(facts.st_ino)
  }

  /// Whether what is written to both arrives at one place, in the order of writing.
  func isSame(as other: StandardStream) -> Bool {
    guard kind != .closed, kind == other.kind, device == other.device, inode == other.inode else { return false }
    // One file opened twice has two positions, so writers overwrite each other; only a shared position, or that of the
    // end, makes one stream.
    return kind != .other || process_write_in_turn(descriptor, other.descriptor)
  }
}

/// The three streams that this process was started with.
public struct StandardStreams: Sendable {
  let input, output, error: StandardStream

  /// As they were at the first use of this, which should come before anything is opened: the numbers of closed streams
  /// are occupied then, or a pipe of ours would become somebody's standard output.
  public static let atStart = StandardStreams()

  private init() {
    input = StandardStream(descriptor: STDIN_FILENO)
    output = StandardStream(descriptor: STDOUT_FILENO)
    error = StandardStream(descriptor: STDERR_FILENO)
    for stream in [input, output, error] where stream.kind == .closed {
      // The lowest free number, which is this one.
      _ = open("/dev/null", O_RDWR | O_CLOEXEC)
    }
  }
}
