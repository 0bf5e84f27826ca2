import FoundationEssentials
public import RunModel

extension LoggedValue {
  /// As a person reads it, and as CSV has it.
  public var text: String {
    switch self {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .text(let text): text
    case .largeInteger(let digits): digits
    case .other(_, let text): text
    case .blob(let blob): blob.text
    }
  }

  /// The number that it is; a bool counts as one.
  public var number: Double? {
    switch self {
    case .bool(let flag): flag ? 1 : 0
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// In one line of JSON. A number is a float: what is an integer, or not finite, is an object that says so.
  public var json: String {
    switch self {
    case .none: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): Self.object([("integer", Self.quoted(String(number)))])
    case .number(let number): number.isFinite ? "\(number)" : Self.object([("number", Self.quoted("\(number)"))])
    case .text(let text): Self.quoted(text)
    case .largeInteger(let digits): Self.object([("integer", Self.quoted(digits))])
    case .other(let type, let text): Self.object([("type", Self.quoted(type)), ("repr", Self.quoted(text))])
    case .blob(let blob): Self.object(blob.facts)
    }
  }

  /// From what `json` made.
  init(json: JSONValue) {
    switch json {
    case .null: self = .none
    case .boolean(let flag): self = .bool(flag)
    case .number(let number): self = .number(number)
    case .string(let text): self = .text(text)
    case .array: self = .none
    case .object(let facts): self = Self.value(facts)
    }
  }

  private static func value(_ facts: [String: JSONValue]) -> LoggedValue {
    if case .string(let digits) = facts["integer"] { return Int64(digits).map(LoggedValue.integer) ?? .largeInteger(digits) }
    if case .string(let number) = facts["number"] { return .number(Double(number) ?? .nan) }
    if case .string(let type) = facts["type"], case .string(let text) = facts["repr"] { return .other(type: type, text: text) }
    return LoggedBlob(facts).map(LoggedValue.blob) ?? .none
  }

  fileprivate static func object(_ facts: [(String, String)]) -> String {
    "{" + facts.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
  }

  /// A JSON text.
  public static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case ..<" ": quoted += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension LoggedBlob {
  fileprivate var text: String {
    kind == .text ? "text of \(byteCount) bytes" : "\(kind) \(itemType)\(dimensions)"
  }

  fileprivate var facts: [(String, String)] {
    [
      ("blob", LoggedValue.quoted(hash.hex)), ("bytes", String(byteCount)), ("kind", LoggedValue.quoted("\(kind)")),
      ("dtype", LoggedValue.quoted(itemType)), ("shape", "[" + dimensions.map(String.init).joined(separator: ",") + "]"),
    ]
  }

  fileprivate init?(_ facts: [String: JSONValue]) {
    guard case .string(let hex) = facts["blob"], let hash = ContentHash(hex: hex), case .number(let bytes) = facts["bytes"],
      case .string(let name) = facts["kind"], let kind = Kind.named(name), case .string(let itemType) = facts["dtype"],
      case .array(let shape) = facts["shape"]
    else { return nil }
    let dimensions = shape.map { length in
      if case .number(let length) = length { Int(length) } else { 0 }
    }
    self.init(hash: hash, byteCount: Int(bytes), kind: kind, itemType: itemType, dimensions: dimensions)
  }
}

extension LoggedBlob.Kind {
  fileprivate static func named(_ name: String) -> Self? {
    [.array, .image, .histogram, .text].first { "\($0)" == name }
  }
}
