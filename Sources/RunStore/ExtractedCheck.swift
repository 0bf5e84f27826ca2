import RunModel

/// Invariant 16: what was found in the output and kept is whole.
struct ExtractedCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem
  let decoder: any RecordDecoding

  func check(_ report: inout CheckReport) {
    let path = run.relative(run.extracted)
    do throws(StoreError) {
      let bytes = try fileSystem.contents(of: run.extracted)
      if let last = bytes.last, last != UInt8(ascii: "\n") {
        report.add(16, path, "its last line is torn, though it is written whole")
      }
      for (number, line) in JSONLines.split(bytes).enumerated() { check(line, number: number + 1, path, &report) }
    } catch {
      // Nobody has asked for any.
      if error.code != .notFound { report.add(16, path, "it cannot be read: \(error)") }
    }
  }

  private func check(_ line: [UInt8], number: Int, _ path: String, _ report: inout CheckReport) {
    do {
      let found = try decoder.decode(ExtractedNumber.self, from: line)
      guard found.line >= 0, found.value.isNumber else {
        return report.add(16, path, "line \(number) has no number, or no line of output")
      }
    } catch {
      report.add(16, path, "line \(number) is no record of a number: \(error)")
    }
  }
}

extension JSONValue {
  fileprivate var isNumber: Bool {
    switch self {
    case .number: true
    case .object(let facts): facts.count == 1 && (facts["integer"] ?? facts["number"]) != nil
    default: false
    }
  }
}
