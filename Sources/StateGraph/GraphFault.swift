/// Why bytes are no graph of a state.
public struct GraphFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the bytes, as far as that is known.
  public let byte: Int?
  public let what: String

  init(_ byte: Int?, _ what: String) {
    self.byte = byte
    self.what = what
  }

  public var description: String { (byte.map { "at byte \($0), " } ?? "") + what }
}
