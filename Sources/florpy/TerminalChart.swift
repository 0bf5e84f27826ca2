import Catalogue

/// A curve drawn with the dots of Braille characters: two across and four down in each.
struct TerminalChart {
  private static let rows = 10
  private static let dotRows = rows * 4
  private static let firstBraille: UInt32 = 0x2800
  /// The bits of a character's dots, by column and row.
  private static let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

  let text: String

  /// `width` in characters, labels included.
  init(_ curve: LogTable.Curve, width: Int) {
    let name = curve.isHindsight ? "\(curve.name)*" : curve.name
    guard let least = curve.points.map(\.value).min(), let greatest = curve.points.map(\.value).max(),
      let first = curve.points.map(\.step).min(), let last = curve.points.map(\.step).max()
    else {
      text = "\(name): no finite numbers"
      return
    }
    let labels = [Self.label(greatest), Self.label(least)]
    let margin = max(labels[0].count, labels[1].count)
    let columns = max(10, width - margin - 2)
    var canvas = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: Self.rows)
    let across = { (step: Double) in Self.place(step, first, last, columns * 2) }
    let down = { (value: Double) in Self.dotRows - 1 - Self.place(value, least, greatest, Self.dotRows) }
    var previous: (x: Int, y: Int)?
    for point in curve.points {
      let here = (x: across(point.step), y: down(point.value))
      for dot in Self.line(from: previous ?? here, to: here) {
        canvas[dot.y / 4][dot.x / 2] |= Self.bits[dot.x % 2][dot.y % 4]
      }
      previous = here
    }
    let lines = canvas.enumerated().map { row, dots in
      let label = row == 0 ? labels[0] : row == Self.rows - 1 ? labels[1] : ""
      let drawn = dots.map { Unicode.Scalar(Self.firstBraille + $0).map(String.init) ?? " " }.joined()
      return
        "\(String(repeating: " ", count: margin - label.count))\(label) \(row == 0 || row == Self.rows - 1 ? "┤" : "│")\(drawn)"
    }
    let (left, right) = (Self.label(first), Self.label(last))
    let gap = String(repeating: " ", count: max(1, columns - left.count - right.count))
    let axis = String(repeating: " ", count: margin + 2) + left + gap + right
    text = ([name] + lines + [axis]).joined(separator: "\n")
  }

  /// Of a number between two others, from 0 to below `count`; of the middle where those are the same.
  private static func place(_ number: Double, _ least: Double, _ greatest: Double, _ count: Int) -> Int {
    // Halves, for what spans more than a double can tell.
    let share = greatest > least ? (number / 2 - least / 2) / (greatest / 2 - least / 2) : 0.5
    return min(count - 1, max(0, Int((share * Double(count - 1)).rounded())))
  }

  private static func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) -> [(x: Int, y: Int)] {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y))
    return (0...steps).map { step in
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      return (
        start.x + Int((Double(end.x - start.x) * share).rounded()), start.y + Int((Double(end.y - start.y) * share).rounded())
      )
    }
  }

  /// With five digits that count.
  private static func label(_ number: Double) -> String {
    if number == number.rounded(), abs(number) < 1e9 { return String(Int(number)) }
    let size = abs(number)
    if size >= 1e-4, size < 1e7 { return Console.decimal(number, size >= 1000 ? 1 : size >= 1 ? 3 : 5) }
    return "\(number)"
  }
}
