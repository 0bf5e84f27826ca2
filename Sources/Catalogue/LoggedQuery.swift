public import RunModel

extension Catalogue {
  /// What was logged in a run under these names (all, without one), that of the run itself first. A name may have `*` and `?`.
  func series(of run: RunID, names: [String]) throws -> [Series] {
    let matches = names.isEmpty ? "" : " AND (" + names.map { _ in "name GLOB ?" }.joined(separator: " OR ") + ")"
    let statement = try database.prepare(
      """
      SELECT id, name, replay, argument, loops, kind, value, step, nanoseconds FROM series
      WHERE run_id = (SELECT id FROM run WHERE run = ?)\(matches) ORDER BY replay IS NOT NULL, id
      """)
    try statement.bind([.text(run.text)] + names.map { .text($0.replacing("[", with: "[[]")) })
    var found: [Series] = []
    while try statement.next() { found.append(try series(statement)) }
    return found
  }

  /// The names under which anything was logged in a run, in the order in which they came.
  public func names(in run: RunID) throws -> [String] {
    try database.rows(
      """
      SELECT name FROM series WHERE run_id = (SELECT id FROM run WHERE run = ?) GROUP BY name ORDER BY min(id)
      """, [.text(run.text)]
    ) { $0.text(0) ?? "" }
  }

  private func series(_ row: Statement) throws -> Series {
    let loops = row.text(4).flatMap { try? JSONRecords().decode([String].self, from: Array($0.utf8)) } ?? []
    let key = Series.Key(name: row.text(1) ?? "", replay: row.integer(2), isArgument: row.flag(3) ?? false, loops: loops)
    let levels = try database.rows(
      "SELECT iteration, item_kind, item FROM level WHERE series_id = ? ORDER BY level", [SQLValue(row.integer(0))]
    ) { Series.Level($0, first: 0) }.compactMap(\.self)
    guard levels.count == loops.count, let series = Series(key, row, first: 5, levels: levels) else {
      throw DatabaseError.wrongContents
    }
    return series
  }
}
