public import RunModel
public import RunStore

/// Several runs side by side: what they were given, what they logged, and in what their sources differ from the first one's.
public struct RunComparison: Encodable, Sendable {
  /// What one run has logged under a name.
  public struct Logged: Encodable, Hashable, Sendable {
    public var count: Int
    public var last: String?
    public var least: Double?
    public var greatest: Double?
    /// Only a replay has logged it.
    public var hindsight: Bool
  }

  public struct Difference: Encodable, Hashable, Sendable {
    /// The run that differs.
    public var run: String
    public var path: String
    /// As `diff -u` shows it.
    public var diff: String
  }

  public var runs: [RunSummary]
  /// By name, for each of the runs; nil where a run has none.
  public var arguments: [String: [String?]]
  public var logged: [String: [Logged?]]
  public var sources: [Difference]
}

extension Catalogue {
  public func comparison(of runs: [RunDirectory]) throws -> RunComparison {
    let found = try runs.map { try compared($0.run) }
    return RunComparison(
      runs: found.map(\.summary), arguments: Self.sideBySide(found.map(\.arguments)), logged: Self.sideBySide(found.map(\.logged)),
      sources: try sourceDifferences(runs))
  }

  private func compared(
    _ run: RunID
  ) throws -> (summary: RunSummary, arguments: [String: String], logged: [String: RunComparison.Logged]) {
    let columns = Schema.columns.map(\.name).joined(separator: ", ")
    let rows = try database.rows("SELECT \(columns), id FROM run WHERE run = ?", [.text(run.text)]) { row in
      (RunSummary(row), row.integer(Schema.columns.count) ?? 0)
    }
    guard let (summary, id) = rows.first else { throw DatabaseError.wrongContents }
    let arguments = try database.rows("SELECT name, value FROM argument WHERE run_id = ?", [.integer(id)]) { row in
      (row.text(0) ?? "", row.text(1) ?? "")
    }
    let logged = try database.rows(
      """
      SELECT name, count, last, least, greatest, replay IS NOT NULL FROM series
      WHERE run_id = ? AND NOT argument ORDER BY replay IS NULL, replay, id
      """, [.integer(id)]
    ) { row in
      let logged = RunComparison.Logged(
        count: row.integer(1) ?? 0, last: row.text(2), least: row.real(3), greatest: row.real(4), hindsight: row.flag(5) ?? false)
      return (row.text(0) ?? "", logged)
    }
    return (
      summary, Dictionary(arguments) { one, _ in one }, Dictionary(logged) { $0.joined($1) }
    )
  }

  private static func sideBySide<Value>(_ columns: [[String: Value]]) -> [String: [Value?]] {
    let names = Set(columns.flatMap(\.keys))
    return Dictionary(uniqueKeysWithValues: names.map { name in (name, columns.map { $0[name] }) })
  }

  private func sourceDifferences(_ runs: [RunDirectory]) throws(StoreError) -> [RunComparison.Difference] {
    guard let first = runs.first else { return [] }
    let files = RunFiles(store: store, run: first)
    let old = try files.sources()
    var differences: [RunComparison.Difference] = []
    for run in runs.dropFirst() {
      let otherFiles = RunFiles(store: store, run: run)
      let new = try otherFiles.sources()
      for path in Set(old.keys).union(new.keys).sorted() where old[path]?.hash != new[path]?.hash {
        let diff = UnifiedDiff(
          try old[path].map { record throws(StoreError) in try files.text(of: record) } ?? "",
          try new[path].map { record throws(StoreError) in try otherFiles.text(of: record) } ?? "",
          oldName: "\(first.run)/\(path)", newName: "\(run.run)/\(path)")
        if let text = diff.text { differences.append(.init(run: run.run.text, path: path, diff: text)) }
      }
    }
    return differences
  }
}

extension RunComparison.Logged {
  /// With what was logged later, or what counts more, under the same name.
  fileprivate func joined(_ other: Self) -> Self {
    // A run's own values are told of; hindsight only where there is nothing else.
    if hindsight, !other.hindsight { return other }
    return Self(
      count: count + other.count, last: other.last ?? last, least: [least, other.least].compactMap(\.self).min(),
      greatest: [greatest, other.greatest].compactMap(\.self).max(), hindsight: hindsight)
  }
}
