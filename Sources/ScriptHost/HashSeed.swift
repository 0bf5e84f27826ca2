import Glibc
import Interpreter

/// What Python salts the hashes of texts with. In a set, and in what is made of one, the order is theirs, so a replay goes by the seed
/// of its recording. Python takes it from its environment alone, which the script finds as it was.
struct HashSeed {
  private static let variable = "PYTHONHASHSEED"
  let seed: UInt32
  private let present: String?

  init(_ seed: UInt32) {
    self.seed = seed
    present = getenv(Self.variable).map { String(cString: $0) }
  }

  /// Before Python starts.
  func set() { setenv(Self.variable, String(seed), 1) }

  /// After that.
  func putBack() throws {
    try PythonObject.execute(Self.program, where: "value", is: try present.map { try PythonObject($0) } ?? .none)
  }

  /// `posix.environ` is what `os.environ` was made of.
  private static let program = """
    import os, posix
    if value is None:
        del os.environ["\(variable)"]
        posix.environ.pop(b"\(variable)", None)
    else:
        os.environ["\(variable)"] = value
        posix.environ[b"\(variable)"] = os.fsencode(value)
    """
}
