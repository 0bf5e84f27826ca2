/// A value of a decoded pickle. Parts are named by their place on the tape: no value owns another, so that neither reading nor
/// freeing them needs recursion, however deep a damaged or hostile input nests them.
enum PlainValue: Hashable, Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// An integer that is larger than Swift's; its value is no concern of this reader.
  case longInteger
  case real(Double)
  case complex
  /// The one callable that a graph may name: pickle writes a complex number as a call of it.
  case complexType
  /// UTF-8, lone surrogates let through, at these bytes of the input.
  case text(Range<Int>)
  case bytes(Range<Int>)
  /// The values at these places of the tape.
  case tuple(Range<Int>)
  /// The list of that number.
  case list(Int)
}

/// A decoded pickle of plain values.
struct PlainValues: Sendable {
  let input: [UInt8]
  fileprivate(set) var root = PlainValue.none
  fileprivate var tape: [PlainValue] = []
  fileprivate var lists: [[PlainValue]] = []

  /// The parts of a tuple or a list; nil of anything else.
  func parts(of value: PlainValue) -> ArraySlice<PlainValue>? {
    switch value {
    case .tuple(let range): tape[range]
    case .list(let number): lists[number][...]
    default: nil
    }
  }

  /// A lone surrogate reads as U+FFFD.
  func text(of value: PlainValue) -> String? {
    guard case .text(let range) = value else { return nil }
    return String(decoding: input[range], as: UTF8.self)
  }
}

/// Decodes the pickles that `python/flor/state/graph.py` makes: protocol 5, plain values, no memo. Every other opcode is refused, and
/// every name but that of `complex`: decoding can make nothing but values.
struct PlainPickleDecoder {
  private var values: PlainValues
  private var position = 0
  private var stack: [PlainValue] = []
  /// The heights of the stack at which marks were set.
  private var marks: [Int] = []

  static func decode(_ input: [UInt8]) throws(GraphFault) -> PlainValues {
    var decoder = PlainPickleDecoder(values: PlainValues(input: input))
    try decoder.run()
    return decoder.values
  }

  private init(values: PlainValues) { self.values = values }

  private mutating func run() throws(GraphFault) {
    guard try byte() == Opcode.proto.rawValue, try byte() == 5 else { throw fault("it does not begin as a pickle of protocol 5") }
    while true {
      let start = position
      guard let opcode = Opcode(rawValue: try byte()) else { throw GraphFault(start, "the opcode is none of plain values") }
      if opcode == .stop { break }
      try execute(opcode)
    }
    guard stack.count == 1, marks.isEmpty else { throw fault("it ends with \(stack.count) values instead of one") }
    guard position == values.input.count else { throw fault("there are bytes after its end") }
    values.root = stack[0]
  }

  private mutating func execute(_ opcode: Opcode) throws(GraphFault) {
    switch opcode {
    case .proto, .stop: throw fault("the opcode stands at another place only")
    case .frame: _ = try range(count: try length(width: 8), isRead: false)
    case .mark: marks.append(stack.count)
    case .none: stack.append(.none)
    case .newTrue: stack.append(.boolean(true))
    case .newFalse: stack.append(.boolean(false))
    case .int1: stack.append(.integer(Int(try unsigned(width: 1))))
    case .int2: stack.append(.integer(Int(try unsigned(width: 2))))
    case .int4: stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(width: 4)))))
    case .long1: stack.append(try long(byteCount: try length(width: 1)))
    case .long4: stack.append(try long(byteCount: try length(width: 4)))
    case .float: stack.append(.real(Double(bitPattern: try unsigned(width: 8).byteSwapped)))
    case .text1: stack.append(.text(try range(count: try length(width: 1))))
    case .text4: stack.append(.text(try range(count: try length(width: 4))))
    case .text8: stack.append(.text(try range(count: try length(width: 8))))
    case .bytes1: stack.append(.bytes(try range(count: try length(width: 1))))
    case .bytes4: stack.append(.bytes(try range(count: try length(width: 4))))
    case .bytes8: stack.append(.bytes(try range(count: try length(width: 8))))
    case .stackGlobal: try nameComplex()
    case .reduce: try makeComplex()
    case .emptyTuple: try makeTuple(of: 0)
    case .tuple1: try makeTuple(of: 1)
    case .tuple2: try makeTuple(of: 2)
    case .tuple3: try makeTuple(of: 3)
    case .tuple: try makeTuple(of: stack.count - (try takeMark()))
    case .emptyList: makeList()
    case .append: try append(1)
    case .appends: try append(stack.count - (try takeMark()))
    }
  }

  // MARK: The stack

  private mutating func takeMark() throws(GraphFault) -> Int {
    guard let mark = marks.popLast(), mark <= stack.count else { throw fault("there is no mark") }
    return mark
  }

  /// Values above the last mark only. An array of their own: a slice would have the rest of the stack copied.
  private mutating func pop(_ count: Int) throws(GraphFault) -> [PlainValue] {
    guard count <= stack.count - (marks.last ?? 0) else { throw fault("the stack holds less than \(count) values") }
    let popped = Array(stack.suffix(count))
    stack.removeLast(count)
    return popped
  }

  private mutating func makeTuple(of count: Int) throws(GraphFault) {
    let start = values.tape.count
    values.tape += try pop(count)
    stack.append(.tuple(start..<values.tape.count))
  }

  private mutating func nameComplex() throws(GraphFault) {
    let names = try pop(2).map(values.text(of:))
    guard names == ["builtins", "complex"] else {
      throw fault("it names `\(names.map { $0 ?? "?" }.joined(separator: "."))`, and nothing but complex may be named")
    }
    stack.append(.complexType)
  }

  private mutating func makeComplex() throws(GraphFault) {
    let call = try pop(2)
    guard call[0] == .complexType, let parts = values.parts(of: call[1]).map(Array.init), parts.count == 2,
      case (.real, .real) = (parts[0], parts[1])
    else { throw fault("it calls something with something") }
    stack.append(.complex)
  }

  private mutating func makeList() {
    values.lists.append([])
    stack.append(.list(values.lists.count - 1))
  }

  private mutating func append(_ count: Int) throws(GraphFault) {
    let items = try pop(count)
    guard case .list(let number) = stack.last, stack.count > marks.last ?? 0 else { throw fault("there is no list to append to") }
    values.lists[number] += items
  }

  // MARK: The input

  private mutating func byte() throws(GraphFault) -> UInt8 {
    guard position < values.input.count else { throw fault("it is cut off") }
    defer { position += 1 }
    return values.input[position]
  }

  private mutating func unsigned(width: Int) throws(GraphFault) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width { value |= UInt64(try byte()) << UInt64(index * 8) }
    return value
  }

  private mutating func length(width: Int) throws(GraphFault) -> Int {
    guard let length = Int(exactly: try unsigned(width: width)) else { throw fault("a length is beyond all measure") }
    return length
  }

  private mutating func range(count: Int, isRead: Bool = true) throws(GraphFault) -> Range<Int> {
    guard count <= values.input.count - position else {
      throw fault("\(count) bytes are announced, \(values.input.count - position) are left")
    }
    let range = position..<(position + count)
    if isRead { position = range.upperBound }
    return range
  }

  /// Little-endian, two's complement.
  private mutating func long(byteCount: Int) throws(GraphFault) -> PlainValue {
    let bytes = values.input[try range(count: byteCount)]
    guard byteCount <= 8 else { return .longInteger }
    let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
    var value: UInt64 = isNegative ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return .integer(Int(Int64(bitPattern: value)))
  }

  private func fault(_ what: String) -> GraphFault { GraphFault(position, what) }
}

/// The opcodes of plain values, as CPython's pickler writes them.
private enum Opcode: UInt8 {
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2E
  case mark = 0x28
  case none = 0x4E
  case newTrue = 0x88
  case newFalse = 0x89
  case int1 = 0x4B
  case int2 = 0x4D
  case int4 = 0x4A
  case long1 = 0x8A
  case long4 = 0x8B
  case float = 0x47
  case text1 = 0x8C
  case text4 = 0x58
  case text8 = 0x8D
  case bytes1 = 0x43
  case bytes4 = 0x42
  case bytes8 = 0x8E
  case stackGlobal = 0x93
  case reduce = 0x52
  case emptyTuple = 0x29
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case tuple = 0x74
  case emptyList = 0x5D
  case append = 0x61
  case appends = 0x65
}
