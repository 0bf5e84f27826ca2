/// The lines in which one text differs from another, in the form of `diff -u`.
struct UnifiedDiff {
  private static let contextLines = 3

  /// Nil where the texts are the same.
  let text: String?

  init(_ old: String, _ new: String, oldName: String, newName: String) {
    let edits = Self.edits(Self.lines(old), Self.lines(new))
    guard edits.contains(where: { $0.mark != " " }) else {
      text = nil
      return
    }
    text = (["--- \(oldName)", "+++ \(newName)"] + Self.hunks(edits).flatMap(Self.lines(of:))).joined(separator: "\n")
  }

  private struct Edit {
    var mark: Character
    var text: Substring
    /// From 1: of this line, or of the next one where it is not in that text.
    var oldLine: Int
    var newLine: Int
  }

  private static func lines(_ text: String) -> [Substring] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.last?.isEmpty == true ? lines.dropLast() : lines
  }

  private static func edits(_ old: [Substring], _ new: [Substring]) -> [Edit] {
    let difference = new.difference(from: old)
    let removed = Set(difference.removals.map(\.place))
    let inserted = Set(difference.insertions.map(\.place))
    var edits: [Edit] = []
    var (oldPlace, newPlace) = (0, 0)
    while oldPlace < old.count || newPlace < new.count {
      if removed.contains(oldPlace) {
        edits.append(Edit(mark: "-", text: old[oldPlace], oldLine: oldPlace + 1, newLine: newPlace + 1))
        oldPlace += 1
      } else if inserted.contains(newPlace) {
        edits.append(Edit(mark: "+", text: new[newPlace], oldLine: oldPlace + 1, newLine: newPlace + 1))
        newPlace += 1
      } else {
        edits.append(Edit(mark: " ", text: old[oldPlace], oldLine: oldPlace + 1, newLine: newPlace + 1))
        (oldPlace, newPlace) = (oldPlace + 1, newPlace + 1)
      }
    }
    return edits
  }

  /// Changes with the lines around them; those that touch are one.
  private static func hunks(_ edits: [Edit]) -> [ArraySlice<Edit>] {
    var ranges: [Range<Int>] = []
    for place in edits.indices where edits[place].mark != " " {
      let range = max(0, place - contextLines)..<min(edits.count, place + contextLines + 1)
      if let last = ranges.last, last.upperBound >= range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    return ranges.map { edits[$0] }
  }

  private static func lines(of hunk: ArraySlice<Edit>) -> [String] {
    guard let first = hunk.first else { return [] }
    let old = hunk.count { $0.mark != "+" }
    let new = hunk.count { $0.mark != "-" }
    // `diff` names the line before where a side is empty.
    let (oldLine, newLine) = (old == 0 ? first.oldLine - 1 : first.oldLine, new == 0 ? first.newLine - 1 : first.newLine)
    return ["@@ -\(oldLine),\(old) +\(newLine),\(new) @@"] + hunk.map { "\($0.mark)\($0.text)" }
  }
}

extension CollectionDifference.Change {
  fileprivate var place: Int {
    switch self {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }
}
