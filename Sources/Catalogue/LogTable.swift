public import RunModel

/// What was logged in a run, one row a position: the loops that were open, the step, and the values by name.
public struct LogTable {
  public struct Cell: Hashable, Sendable {
    public var value: LoggedValue
    /// A replay logged it, not the run.
    public var isHindsight: Bool
  }

  /// One iteration of a loop that was open.
  public struct Iteration: Hashable, Sendable {
    public var loop: String
    /// From 0; nil where it is not known.
    public var number: Int64?
    /// What was iterated over.
    public var item: LoggedValue
  }

  public struct Row: Sendable {
    /// The outermost loop first.
    public var position: [Iteration]
    public var step: Int64?
    /// Of the first of its values: since 1970.
    public var nanoseconds: Int64
    /// By name.
    public var cells: [String: Cell]
  }

  /// In the order in which they were first met.
  public private(set) var loops: [String] = []
  public private(set) var names: [String] = []
  /// In the order of the program.
  public private(set) var rows: [Row] = []
  public private(set) var hasSteps = false
  public private(set) var hasHindsight = false

  init(_ series: [Series]) {
    var recorded = RowCollection()
    for one in series.filter({ $0.key.replay == nil }) { recorded.add(one, isHindsight: false) }
    var rows = recorded
    for one in series.filter({ $0.key.replay != nil }) { rows.add(one, isHindsight: true) }
    hasHindsight = series.contains { $0.key.replay != nil }
    hasSteps = series.contains { $0.hasSteps }
    for one in series {
      if !names.contains(one.key.name) { names.append(one.key.name) }
      for loop in one.key.loops where !loops.contains(loop) { loops.append(loop) }
    }
    self.rows = Self.merged(
      rows.rows[..<recorded.rows.count].sorted { $0.nanoseconds < $1.nanoseconds },
      rows.rows[recorded.rows.count...].sorted { $0.nanoseconds < $1.nanoseconds })
  }

  /// Rows that only a replay has go where their position lies among those of the run; both are in the order of the program.
  private static func merged(_ recorded: [Row], _ hindsight: [Row]) -> [Row] {
    var merged: [Row] = []
    merged.reserveCapacity(recorded.count + hindsight.count)
    var next = hindsight[...]
    for row in recorded {
      while let candidate = next.first, candidate.isBefore(row) { merged.append(next.removeFirst()) }
      merged.append(row)
    }
    return merged + next
  }
}

extension LogTable.Row {
  /// Whether it lies in an earlier iteration of a loop that both are in, or deeper inside the same one.
  fileprivate func isBefore(_ other: LogTable.Row) -> Bool {
    for (mine, theirs) in zip(position, other.position) {
      guard mine.loop == theirs.loop, let number = mine.number, let otherNumber = theirs.number else { return false }
      if number != otherNumber { return number < otherNumber }
    }
    return position.count > other.position.count
  }
}

/// Rows, found by position. A name that comes again at the same position begins another row.
private struct RowCollection {
  private struct Place: Hashable {
    let loops: [String]
    let iterations: [Int64]
    let step: Int64
  }

  private(set) var rows: [LogTable.Row] = []
  private var rowsAt: [Place: [Int]] = [:]

  mutating func add(_ series: Series, isHindsight: Bool) {
    for place in 0..<series.count {
      let step = series.steps[place]
      let key = Place(loops: series.key.loops, iterations: series.position(at: place), step: step)
      let cell = LogTable.Cell(value: series.values[place], isHindsight: isHindsight)
      let free = rowsAt[key]?.first { rows[$0].cells[series.key.name] == nil }
      if let free {
        rows[free].cells[series.key.name] = cell
        rows[free].nanoseconds = isHindsight ? rows[free].nanoseconds : min(rows[free].nanoseconds, series.nanoseconds[place])
      } else {
        rowsAt[key, default: []].append(rows.count)
        rows.append(
          LogTable.Row(
            position: series.iterations(at: place), step: step == Series.noStep ? nil : step,
            nanoseconds: series.nanoseconds[place], cells: [series.key.name: cell]))
      }
    }
  }
}

extension Series {
  fileprivate func iterations(at place: Int) -> [LogTable.Iteration] {
    zip(key.loops, levels).map { loop, level in
      let number = level.iterations[place]
      return LogTable.Iteration(loop: loop, number: number == Self.noIteration ? nil : number, item: level.items[place])
    }
  }
}

extension Catalogue {
  /// What was logged in a run under these names; all, without one. A name may have `*` and `?`.
  public func log(of run: RunID, names: [String] = []) throws -> LogTable {
    let series = try series(of: run, names: names)
    if series.isEmpty, !names.isEmpty { throw CatalogueError.unknownName(names, in: run, known: try self.names(in: run)) }
    return LogTable(series)
  }
}
