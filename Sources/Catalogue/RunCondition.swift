/// A condition on runs, as on the command line: `lr>=0.01`.
public struct RunCondition: Hashable, Sendable {
  enum Comparison: String, CaseIterable {
    // The longer ones first: a text is searched for them in this order.
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case equal = "="
    case less = "<"
    case more = ">"
    case contains = "~"
  }

  let key: String
  let comparison: Comparison
  let value: RunValue

  public init(_ text: String) throws(CatalogueError) {
    let signs = text.indices.lazy.compactMap { place in
      Comparison.allCases.first { text[place...].hasPrefix($0.rawValue) }.map { (place, $0) }
    }
    guard let (place, comparison) = signs.first, place > text.startIndex else { throw .noCondition(text) }
    key = String(text[..<place]).trimmed
    self.comparison = comparison
    value = RunValue(String(text[text.index(place, offsetBy: comparison.rawValue.count)...]).trimmed)
  }

  /// What is not there meets no condition but that it is something else.
  func holds(for found: RunValue?) -> Bool {
    guard let found else { return comparison == .notEqual }
    return switch comparison {
    case .equal: found == value
    case .notEqual: found != value
    case .less: found < value
    case .more: value < found
    case .atMost: found < value || found == value
    case .atLeast: value < found || found == value
    case .contains: found.text.contains(value.text)
    }
  }
}

/// What is said of a run under some key: a text, and the number that it is, if it is one.
public struct RunValue: Sendable {
  public let text: String
  public let number: Double?

  init(_ text: String) {
    self.text = text
    number = Double(text)
  }

  init(_ number: Double) {
    text = "\(number)"
    self.number = number
  }
}

extension RunValue: Hashable, Comparable {
  public static func == (one: RunValue, other: RunValue) -> Bool {
    if let number = one.number, let otherNumber = other.number { return number == otherNumber }
    return one.text == other.text
  }

  public func hash(into hasher: inout Hasher) {
    if let number { hasher.combine(number) } else { hasher.combine(text) }
  }

  /// Numbers come before texts; what is no number at all comes behind every number.
  public static func < (one: RunValue, other: RunValue) -> Bool {
    switch (one.number, other.number) {
    case (let number?, let otherNumber?): number < otherNumber || (!number.isNaN && otherNumber.isNaN)
    case (_?, nil): true
    case (nil, _?): false
    case (nil, nil): one.text < other.text
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)])
  }
}
