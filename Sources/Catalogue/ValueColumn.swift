import RunModel

/// Values one after the other, kept as plain numbers for as long as they are of one kind.
struct ValueColumn {
  enum Kind: String {
    /// As one byte each.
    case bool
    /// 64 bits, little-endian.
    case integer = "int64"
    case number = "float64"
    /// The text of a JSON array.
    case mixed = "json"
  }

  private(set) var kind: Kind?
  private var integers: [Int64] = []
  private var numbers: [Double] = []
  private var mixed: [LoggedValue] = []

  var count: Int {
    switch kind {
    case .bool, .integer: integers.count
    case .number: numbers.count
    case .mixed: mixed.count
    case nil: 0
    }
  }

  subscript(_ place: Int) -> LoggedValue {
    switch kind {
    case .bool: .bool(integers[place] != 0)
    case .integer: .integer(integers[place])
    case .number: .number(numbers[place])
    case .mixed, nil: mixed[place]
    }
  }

  mutating func append(_ value: LoggedValue) {
    switch (kind, value) {
    case (.number, .number(let number)): numbers.append(number)
    case (.integer, .integer(let number)): integers.append(number)
    case (.bool, .bool(let flag)): integers.append(flag ? 1 : 0)
    case (.mixed, _): mixed.append(value)
    case (nil, _): begin(with: value)
    case (.number, .integer(let number)) where number.isExactlyADouble: numbers.append(Double(number))
    case (.integer, .number(let number)) where integers.allSatisfy(\.isExactlyADouble):
      numbers = integers.map(Double.init) + [number]
      (kind, integers) = (.number, [])
    default:
      mixed = (0..<count).map { self[$0] } + [value]
      (kind, integers, numbers) = (.mixed, [], [])
    }
  }

  private mutating func begin(with value: LoggedValue) {
    switch value {
    case .bool: kind = .bool
    case .integer: kind = .integer
    case .number: kind = .number
    default: kind = .mixed
    }
    append(value)
  }

  /// The values at these places, in their order.
  func picked(_ places: [Int]) -> ValueColumn {
    var column = self
    switch kind {
    case .bool, .integer: column.integers = places.map { integers[$0] }
    case .number: column.numbers = places.map { numbers[$0] }
    case .mixed: column.mixed = places.map { mixed[$0] }
    case nil: break
    }
    return column
  }

  /// Whether the values are those integers.
  func isEqual(to other: [Int64]) -> Bool { kind == .integer && integers == other }

  /// Whether there is no value in it.
  var isEmpty: Bool { kind == nil || kind == .mixed && mixed.allSatisfy { $0 == .none } }

  /// The least and the greatest of the numbers that are any.
  var extremes: (least: Double, greatest: Double)? {
    var found: (least: Double, greatest: Double)?
    for place in 0..<count {
      guard let number = self[place].number, !number.isNaN else { continue }
      found = (min(found?.least ?? number, number), max(found?.greatest ?? number, number))
    }
    return found
  }
}

extension ValueColumn {
  var bytes: [UInt8] {
    switch kind {
    case .bool: integers.map { UInt8($0) }
    case .integer: integers.withUnsafeBytes { Array($0) }
    case .number: numbers.withUnsafeBytes { Array($0) }
    case .mixed, nil: Array(("[" + mixed.map(\.json).joined(separator: ",") + "]").utf8)
    }
  }

  /// Nil where the bytes are none of that kind.
  init?(kind: Kind, bytes: UnsafeRawBufferPointer) {
    self.kind = kind
    switch kind {
    case .bool: integers = bytes.map { Int64($0) }
    case .integer: integers = bytes.numbers()
    case .number: numbers = bytes.numbers()
    case .mixed:
      guard let values = try? JSONRecords().decode([JSONValue].self, from: Array(bytes)) else { return nil }
      mixed = values.map { LoggedValue(json: $0) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Every machine that florpy runs on is little-endian, as the catalogue is.
  func numbers<Number: BitwiseCopyable>() -> [Number] {
    let count = count / MemoryLayout<Number>.stride
    return [Number](unsafeUninitializedCapacity: count) { room, initialized in
      UnsafeMutableRawBufferPointer(room).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: self[..<(count * MemoryLayout<Number>.stride)]))
      initialized = count
    }
  }
}

extension Int64 {
  fileprivate var isExactlyADouble: Bool { magnitude <= 1 << 53 }
}
