public import RunModel

extension LogTable {
  /// A column of the table as it is shown and exported.
  public struct Column: Hashable, Sendable {
    enum Content: Hashable {
      case iteration(loop: String)
      case item(loop: String)
      case step
      case value(name: String)
    }

    public let name: String
    let content: Content
  }

  /// Loops, the step, values. A name is given once: what was logged keeps its own, a loop of that name is `NAME_iteration`, and
  /// the step, where a loop or a value is called so, `logged_step`.
  public var columns: [Column] {
    let withItems = loopsWithItems
    let taken = Set(names)
    let ofLoops = loops.flatMap { loop in
      let name = taken.contains(loop) ? "\(loop)_iteration" : loop
      let iteration = Column(name: name, content: .iteration(loop: loop))
      return withItems.contains(loop) ? [iteration, Column(name: "\(loop)_value", content: .item(loop: loop))] : [iteration]
    }
    let isStepTaken = taken.contains("step") || loops.contains("step")
    let step = hasSteps ? [Column(name: isStepTaken ? "logged_step" : "step", content: .step)] : []
    return ofLoops + step + names.map { Column(name: $0, content: .value(name: $0)) }
  }

  /// The loops of which the items say more than the iterations.
  private var loopsWithItems: Set<String> {
    var found: Set<String> = []
    for row in rows {
      for one in row.position where one.item != .none && one.item != one.number.map(LoggedValue.integer) { found.insert(one.loop) }
    }
    return found
  }
}

extension LogTable.Column {
  /// Nil where the row has none.
  public func value(in row: LogTable.Row) -> LoggedValue? {
    switch content {
    case .iteration(let loop): row.iteration(of: loop)?.number.map(LoggedValue.integer)
    case .item(let loop): row.iteration(of: loop)?.item
    case .step: row.step.map(LoggedValue.integer)
    case .value(let name): row.cells[name]?.value
    }
  }

  public func isHindsight(in row: LogTable.Row) -> Bool {
    if case .value(let name) = content { return row.cells[name]?.isHindsight ?? false }
    return false
  }
}

extension LogTable.Row {
  /// Of a loop that is open several times, in itself, the innermost.
  fileprivate func iteration(of loop: String) -> LogTable.Iteration? { position.last { $0.loop == loop } }

  /// The names that a replay has logged here, sorted.
  public var hindsightNames: [String] { cells.filter(\.value.isHindsight).keys.sorted() }
}
