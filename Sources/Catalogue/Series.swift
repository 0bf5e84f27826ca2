public import RunModel

/// The values of one name in one run, logged inside the same loops, in the order in which they came.
struct Series {
  /// What values have in common that are in one series.
  struct Key: Hashable {
    var name: String
    /// The number of the replay whose hindsight they are; nil of what the run itself logged.
    var replay: Int?
    var isArgument: Bool
    /// The names of the loops that were open, the outermost first.
    var loops: [String]
  }

  static let noStep = Int64.min
  static let noIteration: Int64 = -1

  let key: Key
  private(set) var values = ValueColumn()
  /// Since 1970.
  private(set) var nanoseconds: [Int64] = []
  private(set) var steps: [Int64] = []
  private(set) var hasSteps = false
  /// One for each loop.
  private(set) var levels: [Level]

  struct Level {
    var iterations: [Int64] = []
    /// What was iterated over.
    var items = ValueColumn()

    /// Whether the items say more than the iterations.
    var hasItems: Bool { !items.isEmpty && !items.isEqual(to: iterations) }
  }

  init(_ key: Key) {
    self.key = key
    levels = key.loops.map { _ in Level() }
  }

  var count: Int { nanoseconds.count }

  mutating func append(_ value: LoggedValue, nanoseconds: Int64, step: Int64?) {
    values.append(value)
    self.nanoseconds.append(nanoseconds)
    steps.append(step ?? Self.noStep)
    if step != nil { hasSteps = true }
  }

  mutating func append(iteration: Int?, item: LoggedValue, at level: Int) {
    levels[level].iterations.append(iteration.map(Int64.init) ?? Self.noIteration)
    levels[level].items.append(item)
  }

  /// What came from several processes, or late, is put in order.
  mutating func sortByTime() {
    guard zip(nanoseconds, nanoseconds.dropFirst()).contains(where: { $0 > $1 }) else { return }
    let order = nanoseconds.indices.sorted { (nanoseconds[$0], $0) < (nanoseconds[$1], $1) }
    keep(order)
  }

  /// Leaves the values at these places, in their order.
  mutating func keep(_ places: [Int]) {
    values = values.picked(places)
    nanoseconds = places.map { nanoseconds[$0] }
    steps = places.map { steps[$0] }
    levels = levels.map { level in
      Level(iterations: places.map { level.iterations[$0] }, items: level.items.picked(places))
    }
  }

  /// Where a value was logged: the iterations of the loops.
  func position(at place: Int) -> [Int64] { levels.map { $0.iterations[place] } }
}

extension Series {
  /// The columns of a row of the table `series`, after the run and the key.
  var sqlValues: [SQLValue] {
    let extremes = values.extremes
    return [
      .integer(count), SQLValue((0..<count).last.map { values[$0].text }), SQLValue(extremes?.least.finite),
      SQLValue(extremes?.greatest.finite), .text((values.kind ?? .mixed).rawValue), .blob(values.bytes),
      hasSteps ? .blob(steps.withUnsafeBytes { Array($0) }) : .null, .blob(nanoseconds.withUnsafeBytes { Array($0) }),
    ]
  }

  static let sqlColumns = "run_id, name, replay, argument, loops, count, last, least, greatest, kind, value, step, nanoseconds"

  /// Columns `key`, `kind`, `value`, `step`, `nanoseconds` from `first` on; nil where they do not fit together.
  init?(_ key: Key, _ row: Statement, first: Int, levels: [Level]) {
    guard let kind = row.text(first).flatMap(ValueColumn.Kind.init),
      let values = row.withBytes(first + 1, { ValueColumn(kind: kind, bytes: $0) })
    else { return nil }
    self.key = key
    self.values = values
    self.levels = levels
    let (steps, nanoseconds): ([Int64], [Int64]) = (
      row.withBytes(first + 2) { $0.numbers() }, row.withBytes(first + 3) { $0.numbers() }
    )
    hasSteps = !steps.isEmpty
    self.steps = hasSteps ? steps : [Int64](repeating: Self.noStep, count: nanoseconds.count)
    self.nanoseconds = nanoseconds
    let counts = [values.count, self.steps.count] + levels.flatMap { [$0.iterations.count, $0.items.count] }
    guard counts.allSatisfy({ $0 == nanoseconds.count }) else { return nil }
  }
}

extension Series.Level {
  /// From columns `iteration`, `item_kind`, `item`; nil where they do not fit together.
  init?(_ row: Statement, first: Int) {
    iterations = row.withBytes(first) { bytes in bytes.numbers() }
    if let kind = row.text(first + 1).flatMap(ValueColumn.Kind.init) {
      guard let items = row.withBytes(first + 2, { ValueColumn(kind: kind, bytes: $0) }) else { return nil }
      self.items = items
    } else {
      for iteration in iterations { items.append(iteration == Series.noIteration ? .none : .integer(iteration)) }
    }
  }
}

extension Double {
  /// SQLite has no NaN and JSON no infinity; what is not finite is left out of what only serves to find.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
