import Catalogue
import RunModel

/// A log as text: a table to look at, CSV, or one JSON object a line.
struct LogText {
  private static let rowsAtOnce = 10_000

  let table: LogTable
  let format: LogFormat

  func print() throws {
    if table.rows.isEmpty { return }
    switch format {
    case .table:
      let header = table.columns.map(\.name)
      try Console.print(Console.table(header, table.rows.map(shownCells), right: Set(header.indices)))
    case .csv:
      try Console.print((table.columns.map(\.name) + hindsightColumn).map(CSV.cell).joined(separator: ","))
      try inParts { row in (cells(of: row) + hindsight(in: row)).map(CSV.cell).joined(separator: ",") }
    case .parquet: preconditionFailure("A Parquet file is no text.")
    case .jsonl:
      try inParts { row in
        let facts = zip(table.columns, table.columns.map { $0.value(in: row) }).filter { $1 != nil }
        let pairs = facts.map { "\(LoggedValue.quoted($0.name)):\($1?.outputJSON ?? "null")" }
        let names = row.hindsightNames.map(LoggedValue.quoted).joined(separator: ",")
        return "{" + (pairs + (names.isEmpty ? [] : ["\"hindsight\":[\(names)]"])).joined(separator: ",") + "}"
      }
    }
  }

  private func inParts(_ line: (LogTable.Row) -> String) throws {
    var rest = table.rows[...]
    while !rest.isEmpty {
      try Console.print(rest.prefix(Self.rowsAtOnce).map(line).joined(separator: "\n"))
      rest = rest.dropFirst(Self.rowsAtOnce)
    }
  }

  private func cells(of row: LogTable.Row) -> [String] { table.columns.map { $0.value(in: row)?.text ?? "" } }

  private func shownCells(of row: LogTable.Row) -> [String] {
    table.columns.map { column in
      let text = column.value(in: row)?.text.oneLine ?? ""
      return column.isHindsight(in: row) ? text + "*" : text
    }
  }

  private var hindsightColumn: [String] { table.hasHindsight ? ["hindsight"] : [] }

  private func hindsight(in row: LogTable.Row) -> [String] {
    table.hasHindsight ? [row.hindsightNames.joined(separator: " ")] : []
  }
}

/// Comma-separated values as RFC 4180 has them, lines ended by a line feed.
enum CSV {
  static func cell(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 10 || $0 == 13 }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

extension LoggedValue {
  /// JSON for other programs: numbers that are not finite are texts, as JSON has none.
  var outputJSON: String {
    switch self {
    case .integer(let number): String(number)
    case .largeInteger(let digits): digits.hasPrefix("+") ? String(digits.dropFirst()) : digits
    case .number(let number) where number.isNaN: "\"NaN\""
    case .number(let number) where number.isInfinite: number > 0 ? "\"Infinity\"" : "\"-Infinity\""
    default: json
    }
  }
}

extension String {
  private static let shownCharacters = 60

  /// For a cell of a table.
  fileprivate var oneLine: String {
    let flat = replacing("\n", with: "\\n")
    return flat.count > Self.shownCharacters ? flat.prefix(Self.shownCharacters - 1) + "…" : flat
  }
}
