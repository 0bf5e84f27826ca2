/// Which runs, in which order, and what is told of each besides what is told of all.
public struct RunQuery: Sendable {
  public var script: String?
  public var conditions: [RunCondition]
  /// Nil: by when they began, the latest first.
  public var order: RunOrder?
  public var limit: Int?
  /// Arguments and logged values to be told as well.
  public var keys: [String]

  public init(
    script: String? = nil, conditions: [RunCondition] = [], order: RunOrder? = nil, limit: Int? = nil, keys: [String] = []
  ) {
    (self.script, self.conditions, self.order, self.limit, self.keys) = (script, conditions, order, limit, keys)
  }
}

/// What runs are sorted by: `lr`, or `-lr` for the highest first.
public struct RunOrder: Hashable, Sendable {
  let key: String
  let isDescending: Bool

  public init(_ text: String) {
    isDescending = text.hasPrefix("-")
    key = isDescending ? String(text.dropFirst()) : text
  }
}

/// A run that was asked for.
public struct FoundRun: Sendable {
  public let summary: RunSummary
  /// What is known under the query's keys.
  public let values: [String: RunValue]
}

extension Catalogue {
  public func runs(_ query: RunQuery) throws -> [FoundRun] {
    let columns = Schema.columns.map(\.name).joined(separator: ", ")
    var rows = try database.rows("SELECT \(columns), id FROM run ORDER BY run DESC") { row in
      (id: row.integer(Schema.columns.count) ?? 0, summary: RunSummary(row))
    }
    if let script = query.script { rows = rows.filter { $0.summary.isOf(script) } }
    var known: [String: [Int: RunValue]] = [:]
    for key in query.conditions.map(\.key) + query.keys + [query.order?.key].compactMap(\.self) where known[key] == nil {
      known[key] = try values(of: key, rows)
    }
    for condition in query.conditions {
      rows = rows.filter { condition.holds(for: known[condition.key]?[$0.id]) }
    }
    if let order = query.order {
      let values = known[order.key] ?? [:]
      rows = rows.sorted(by: order) { values[$0.id] }
    }
    return rows.prefix(query.limit ?? .max).map { row in
      let values = query.keys.compactMap { key in known[key]?[row.id].map { (key, $0) } }
      return FoundRun(summary: row.summary, values: Dictionary(values) { one, _ in one })
    }
  }

  /// Of each run, by its number here, what is said under a key: a field of all runs, else an argument, else the last value logged.
  private func values(of key: String, _ rows: [(id: Int, summary: RunSummary)]) throws -> [Int: RunValue] {
    if let name = key.rest(after: "argument:") { return try known(try arguments(name), key) }
    if let name = key.rest(after: "logged:") { return try known(try lastValues(of: name), key) }
    if let field = RunField(rawValue: key) {
      return Dictionary(rows.compactMap { row in field.value(of: row.summary).map { (row.id, $0) } }) { one, _ in one }
    }
    let arguments = try arguments(key)
    return try arguments.isEmpty ? known(try lastValues(of: key), key) : arguments
  }

  private func known(_ values: [Int: RunValue], _ key: String) throws -> [Int: RunValue] {
    if values.isEmpty { throw CatalogueError.unknownKey(key, known: try knownKeys()) }
    return values
  }

  private func arguments(_ name: String) throws -> [Int: RunValue] {
    let found = try database.rows("SELECT run_id, value FROM argument WHERE name = ?", [.text(name)]) { row in
      (row.integer(0) ?? 0, RunValue(row.text(1) ?? ""))
    }
    return Dictionary(found) { one, _ in one }
  }

  private func lastValues(of name: String) throws -> [Int: RunValue] {
    // What the run itself logged comes before hindsight, and of the hindsight the latest replay's counts.
    let found = try database.rows(
      "SELECT run_id, last FROM series WHERE name = ? ORDER BY replay IS NULL DESC, replay DESC, id DESC", [.text(name)]
    ) { row in (row.integer(0) ?? 0, RunValue(row.text(1) ?? "")) }
    return Dictionary(found) { one, _ in one }
  }

  private func knownKeys() throws -> [String] {
    let arguments = try database.rows("SELECT DISTINCT name FROM argument ORDER BY name LIMIT 40") { $0.text(0) ?? "" }
    let logged = try database.rows("SELECT DISTINCT name FROM series ORDER BY name LIMIT 40") { $0.text(0) ?? "" }
    return RunField.allCases.map(\.rawValue) + arguments + logged.filter { !arguments.contains($0) }
  }
}

extension RunSummary {
  /// Whether it is a run of that script: named by its path, by the end of it, or as a module.
  public func isOf(_ name: String) -> Bool {
    script.map { $0 == name || $0.hasSuffix("/" + name) || module == name } ?? false
  }
}

extension String {
  fileprivate func rest(after prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}

extension Array {
  /// What has no value comes last, either way; equal ones stay in their order.
  fileprivate func sorted(by order: RunOrder, _ value: (Element) -> RunValue?) -> [Element] {
    let valued = enumerated().map { (place: $0.offset, element: $0.element, value: value($0.element)) }
    let sorted = valued.sorted { one, other in
      switch (one.value, other.value) {
      case (let value?, let otherValue?):
        if value < otherValue { return !order.isDescending }
        if otherValue < value { return order.isDescending }
        return one.place < other.place
      case (_?, nil): return true
      case (nil, _?): return false
      case (nil, nil): return one.place < other.place
      }
    }
    return sorted.map(\.element)
  }
}
