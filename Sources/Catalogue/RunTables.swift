import RunModel

/// The statements that put a run into the catalogue, and take it out.
struct RunTables {
  private let database: Database
  private let run: Statement
  private let argument: Statement
  private let series: Statement
  private let level: Statement

  init(_ database: Database) throws {
    self.database = database
    let names = ["id"] + Schema.columns.map(\.name) + ["mark", "log_mark", "settled"]
    run = try database.insertion(into: "run", names.joined(separator: ", "), "OR REPLACE")
    argument = try database.insertion(into: "argument", "run_id, name, value", "OR REPLACE")
    series = try database.insertion(into: "series", Series.sqlColumns)
    level = try database.insertion(into: "level", "series_id, level, item_kind, iteration, item")
  }

  /// The number of the run here.
  func put(_ summary: RunSummary, marks: (String, String), isSettled: Bool, replacing id: Int?) throws -> Int {
    try run.run([SQLValue(id)] + summary.values + [.text(marks.0), .text(marks.1), SQLValue(isSettled)])
    let id = id ?? database.lastInsertedRow
    for (name, value) in ScriptArguments(summary.argv ?? []).values {
      try argument.run([.integer(id), .text(name), .text(value)])
    }
    return id
  }

  /// In the place of those that were there.
  func put(_ all: [Series], of run: Int) throws {
    try forgetSeries(of: run)
    for one in all {
      let (key, loops) = (one.key, "[" + one.key.loops.map(LoggedValue.quoted).joined(separator: ",") + "]")
      let named: [SQLValue] = [
        .integer(run), .text(key.name), SQLValue(key.replay), SQLValue(key.isArgument), .text(loops),
      ]
      try series.run(named + one.sqlValues)
      let id = database.lastInsertedRow
      for (place, columns) in one.levels.enumerated() {
        let items = columns.hasItems ? columns.items : nil
        try level.run([
          .integer(id), .integer(place), SQLValue(items?.kind?.rawValue), .blob(columns.iterations.withUnsafeBytes { Array($0) }),
          items.map { .blob($0.bytes) } ?? .null,
        ])
      }
      // What the script made of its command line counts before what the command line looks like.
      if key.isArgument, one.count > 0 {
        try argument.run([.integer(run), .text(key.name), .text(one.values[one.count - 1].text)])
      }
    }
  }

  func forget(_ id: Int) throws {
    try forgetSeries(of: id)
    try database.run("DELETE FROM argument WHERE run_id = ?", [.integer(id)])
    try database.run("DELETE FROM run WHERE id = ?", [.integer(id)])
  }

  private func forgetSeries(of run: Int) throws {
    try database.run("DELETE FROM level WHERE series_id IN (SELECT id FROM series WHERE run_id = ?)", [.integer(run)])
    try database.run("DELETE FROM series WHERE run_id = ?", [.integer(run)])
  }
}

extension Database {
  fileprivate func insertion(into table: String, _ columns: String, _ manner: String = "") throws -> Statement {
    let places = columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")
    return try prepare("INSERT \(manner) INTO \(table) (\(columns)) VALUES (\(places))")
  }
}
