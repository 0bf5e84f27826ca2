/// The named arguments of a script, from its command line alone.
///
/// `--name value`, `--name=value` and `name=value` are named; `--name` before another option, or at the end, is `true`. What a
/// parser would make of them is not known: they are texts.
struct ScriptArguments {
  private(set) var values: [String: String] = [:]

  /// `argv` begins with the script's name.
  init(_ argv: [String]) {
    var words = argv.dropFirst()
    while let word = words.popFirst() {
      guard let name = Self.option(word) else {
        if let (name, value) = Self.assignment(word) { values[name] = value }
        continue
      }
      if let (name, value) = Self.assignment(name) {
        values[name] = value
      } else if let value = words.first, !Self.isOption(value) {
        values[name] = value
        words.removeFirst()
      } else {
        values[name] = "true"
      }
    }
  }

  /// The word without its dashes; nil where it is no option.
  private static func option(_ word: String) -> String? {
    guard isOption(word) else { return nil }
    let name = word.drop { $0 == "-" }
    return name.isEmpty ? nil : String(name)
  }

  /// A negative number is a value.
  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && Double(word) == nil }

  private static func assignment(_ word: String) -> (String, String)? {
    guard let sign = word.firstIndex(of: "="), sign > word.startIndex else { return nil }
    let name = word[..<sign]
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "_-./+".contains($0) }) else { return nil }
    return (String(name), String(word[word.index(after: sign)...]))
  }
}
