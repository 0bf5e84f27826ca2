/// JSON that is put together without reading it: the session adds what only it knows to an object that Python wrote.
enum JSONObjectText {
  /// `object` with `fields`, of which each value is JSON, before its own; on one line.
  static func inserting(_ fields: [(name: String, json: String)], into object: String) -> String {
    // Between tokens a line feed is white space; inside a string JSON allows none.
    let line = String(object.map { $0.isNewline ? " " : $0 })
    guard let brace = line.firstIndex(where: { $0 != " " }), line[brace] == "{" else {
      preconditionFailure("What is recorded of a checkpoint or of a run's end is a JSON object.")
    }
    let rest = line[line.index(after: brace)...]
    let isEmpty = rest.first { $0 != " " } == "}"
    let added = members(fields)
    return "{\(added)\(isEmpty || added.isEmpty ? "" : ",")\(rest)"
  }

  static func object(_ fields: [(name: String, json: String)]) -> String { "{\(members(fields))}" }

  private static func members(_ fields: [(name: String, json: String)]) -> String {
    fields.map { "\(quoted($0.name)):\($0.json)" }.joined(separator: ",")
  }

  static func array(_ strings: [String]) -> String {
    "[\(strings.map(quoted).joined(separator: ","))]"
  }

  static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
