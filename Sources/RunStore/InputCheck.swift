import RunModel

/// Invariant 18: `inputs.jsonl` has records of files that were read.
struct InputCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem
  let decoder: any RecordDecoding

  func check(_ report: inout CheckReport) {
    let path = run.relative(run.inputFiles)
    do throws(StoreError) {
      for (number, line) in JSONLines.split(try fileSystem.contents(of: run.inputFiles)).enumerated() {
        if let fault = fault(in: line) { report.add(18, path, "line \(number + 1) is no record of a file: \(fault)") }
      }
    } catch {
      // A script that read no file has none.
      if error.code != .notFound { report.add(18, path, "it cannot be read: \(error)") }
    }
  }

  private func fault(in line: [UInt8]) -> String? {
    do {
      return try decoder.decode(InputFile.self, from: line).bytes < 0 ? "its size is negative" : nil
    } catch {
      return "\(error)"
    }
  }
}
