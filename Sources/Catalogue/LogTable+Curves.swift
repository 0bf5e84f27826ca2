extension LogTable {
  /// The finite numbers of a name, in order.
  public struct Curve: Sendable {
    public var name: String
    public var isHindsight: Bool
    /// Over the step that a value was given, else over its number from 0.
    public var points: [(step: Double, value: Double)]
  }

  /// Of each name that has numbers; hindsight apart.
  public var curves: [Curve] {
    names.flatMap { name in [false, true].compactMap { curve(of: name, isHindsight: $0) } }
  }

  private func curve(of name: String, isHindsight: Bool) -> Curve? {
    var points: [(step: Double, value: Double)] = []
    var count = 0
    for row in rows {
      guard let cell = row.cells[name], cell.isHindsight == isHindsight, let number = cell.value.number else { continue }
      if number.isFinite { points.append((row.step.map(Double.init) ?? Double(count), number)) }
      count += 1
    }
    return count == 0 ? nil : Curve(name: name, isHindsight: isHindsight, points: points)
  }
}
