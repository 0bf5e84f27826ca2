/// Pickles put together by hand: an oracle that shares no code with the reader.
public enum SamplePickle {
  public indirect enum Value {
    case none
    case int(Int)
    case text(String)
    case tuple([Value])
    case list([Value])
  }

  /// A whole pickle of protocol 5, without a frame.
  public static func of(_ value: Value) -> [UInt8] { [0x80, 5] + code(value) + [0x2E] }

  public static func graph(
    version: Int = 4, roots: [(String, Int)] = [], shapes: [[String]] = [], nodes: [Value] = []
  ) -> [UInt8] {
    of(
      .tuple([
        .int(version), .list(roots.map { .tuple([.text($0.0), .int($0.1)]) }),
        .list(shapes.map { .tuple($0.map(Value.text)) }), .list(nodes),
      ]))
  }

  /// One node, so that graphs with different roots have different bytes.
  public static func graph(root: String) -> [UInt8] {
    graph(roots: [(root, 0)], nodes: [.tuple([.text("n"), .none, .none, .none])])
  }

  private static func code(_ value: Value) -> [UInt8] {
    switch value {
    case .none: [0x4E]
    case .int(let number): [0x4A] + (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    case .text(let text): [0x8C, UInt8(text.utf8.count)] + Array(text.utf8)
    case .tuple(let items): [0x28] + items.flatMap(code) + [0x74]
    case .list(let items): [0x5D, 0x28] + items.flatMap(code) + [0x65]
    }
  }
}
