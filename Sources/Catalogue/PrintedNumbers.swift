import RunModel

/// The named numbers in a line of output: `loss: 0.5`, `loss=0.5`, `loss 0.5`, also behind a bar of tqdm.
///
/// The name is the word in front, in front of a colon up to three words, which are joined by `_`. Nothing is known of what a line
/// means, so what is found is shown before anything is kept.
enum PrintedNumbers {
  struct Found: Hashable {
    var name: String
    var value: LoggedValue
  }

  private static let namingWords = 3

  static func find(in line: some StringProtocol) -> [Found] {
    var found: [Found] = []
    var words: [Substring] = []
    var separator = Token.Kind.space
    for token in Tokens(Substring(line)) {
      switch token.kind {
      case .word:
        // `loss = 0.5` has a name in front of its sign; `a = b 3` does not name b's by a.
        if separator != .space { words = [] }
        words.append(token.text)
        separator = .space
      case .space: continue
      case .colon, .equals:
        separator = words.isEmpty ? .space : token.kind
      case .number:
        if let last = words.last, let value = token.value {
          let name = separator == .colon ? words.suffix(namingWords).joined(separator: "_") : String(last)
          found.append(Found(name: name, value: value))
        }
        (words, separator) = ([], .space)
      case .other:
        (words, separator) = ([], .space)
      }
    }
    return found
  }
}

private struct Token {
  enum Kind { case word, number, colon, equals, space, other }

  var kind: Kind
  var text: Substring

  /// Of a number.
  var value: LoggedValue? { Int64(text).map(LoggedValue.integer) ?? Double(text).map(LoggedValue.number) }
}

/// Cuts a line into words, numbers and single signs.
private struct Tokens: Sequence, IteratorProtocol {
  private var rest: Substring.UTF8View

  init(_ line: Substring) { rest = line.utf8 }

  mutating func next() -> Token? {
    guard let first = rest.first else { return nil }
    if let number = number() { return take(number, .number) }
    if first.isLetter { return take(wordLength, .word) }
    switch first {
    case UInt8(ascii: ":"): return take(1, .colon)
    case UInt8(ascii: "="): return take(1, .equals)
    case UInt8(ascii: " "), UInt8(ascii: "\t"): return take(1, .space)
    default: return take(1, .other)
    }
  }

  private mutating func take(_ count: Int, _ kind: Token.Kind) -> Token {
    let text = Substring(rest.prefix(count))
    rest = rest.dropFirst(count)
    return Token(kind: kind, text: text)
  }

  private var wordLength: Int {
    var word = rest.prefix { $0.isLetter || $0.isDigit || "_./-@".utf8.contains($0) }
    // At its end those are punctuation.
    while let last = word.last, "./-@".utf8.contains(last) { word = word.dropLast() }
    return word.count
  }

  /// How long the number is that begins here and ends where a word does; nil where none does.
  private func number() -> Int? {
    var place = 0
    let bytes = Array(rest.prefix(64))
    func digits() -> Int {
      let start = place
      while place < bytes.count, bytes[place].isDigit { place += 1 }
      return place - start
    }
    if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") { place = 1 }
    for word in ["nan", "inf"] where bytes[place...].starts(with: word.utf8) {
      return bytes.dropFirst(place + 3).first?.isInWord == true ? nil : place + 3
    }
    var count = digits()
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      place += 1
      count += digits()
    }
    guard count > 0 else { return nil }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      let end = place
      place += 1
      if place < bytes.count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") { place += 1 }
      if digits() == 0 { place = end }
    }
    // `1.2.3` and `12:30` are no numbers of anything; `7s` and `40%` are.
    let goesOn = place + 1 < bytes.count && ".:".utf8.contains(bytes[place]) && bytes[place + 1].isDigit
    if goesOn { return nil }
    return place
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_") || self >= 0x80
  }
  fileprivate var isInWord: Bool { isLetter || isDigit }
}
