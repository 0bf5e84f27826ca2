/// Which part of the log is to be seen. Positions are written like `epoch=7,step=30` (`python/flor/choosing.py`).
public struct LogChoice: Encodable, Sendable {
  /// The iterations at these positions.
  public var at: [String] = []
  /// From the beginning of one iteration to the end of another.
  public var from: String?
  public var to: String?
  /// Some iterations of a loop: its variable or its line, "" for the outermost ones that have to run.
  var of: String?
  var some: Some?
  /// Those by number, in the order of the program; known when they have been counted.
  var ordinals: [Int]?
  var counts = false

  enum CodingKeys: String, CodingKey { case at, from, to, of, ordinals, counts }

  public enum Some: Hashable, Sendable {
    case last(Int)
    /// The first, the last, and others at even distances.
    case evenly(Int)
  }

  /// Nil where nothing was chosen.
  public init?(at: [String], from: String?, to: String?) {
    guard !at.isEmpty || from != nil || to != nil else { return nil }
    (self.at, self.from, self.to) = (at, from, to)
  }

  /// `text` is a number, or a loop with a number: `3`, `epoch=3`. Nil where it is neither.
  public init?(_ text: String, _ some: (Int) -> Some) {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count <= 2, let count = parts.last.flatMap({ Int($0) }), count > 0 else { return nil }
    (of, self.some) = (parts.count == 2 ? String(parts[0]) : "", some(count))
  }

  /// Which of so many iterations are meant.
  static func ordinals(_ some: Some, of count: Int) -> [Int] {
    switch some {
    case .last(let number): Array(max(0, count - number)..<count)
    case .evenly(let number) where number >= count: Array(0..<count)
    case .evenly(1): [count - 1]
    case .evenly(let number): (0..<number).map { ($0 * (count - 1) + (number - 1) / 2) / (number - 1) }
    }
  }

  public var inWords: String {
    switch some {
    case .last(let count): return "`--last \(written(count))`"
    case .evenly(let count): return "`--sample \(written(count))`"
    case nil: break
    }
    guard at.isEmpty else { return at.map { "`--at \($0)`" }.joined(separator: " ") }
    return [from.map { "`--from \($0)`" }, to.map { "`--to \($0)`" }].compactMap(\.self).joined(separator: " ")
  }

  private func written(_ count: Int) -> String { (of ?? "").isEmpty ? "\(count)" : "\(of ?? "")=\(count)" }
}
