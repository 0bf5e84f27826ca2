import Glibc

/// Keeps the low descriptor numbers free for the script: what is opened while this holds them gets higher ones, and the
/// script's first file gets the number 3 that it always gets.
struct LowDescriptors {
  private let held: [Int32]

  // More than any session keeps open, and few enough for small limits. Closed standard streams are among them, too:
  // what a session keeps open must not become one.
  private static let count = 32

  init() {
    held = (0..<Self.count).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }.filter { $0 >= 0 }
  }

  func release() { for descriptor in held { close(descriptor) } }
}
