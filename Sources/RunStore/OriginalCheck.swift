import RunModel

/// Invariant 13: what `files.jsonl` says was kept is there, and is what it was.
struct OriginalCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem
  let decoder: any RecordDecoding

  func check(_ report: inout CheckReport) {
    do throws(StoreError) {
      checkLines(of: try fileSystem.contents(of: run.touchedFiles), &report)
    } catch {
      // A script that changed no file has none.
      if error.code != .notFound { report.add(13, run.relative(run.touchedFiles), "it cannot be read: \(error)") }
    }
  }

  private func checkLines(of bytes: [UInt8], _ report: inout CheckReport) {
    let path = run.relative(run.touchedFiles)
    var checked: Set<ContentHash> = []
    for (number, line) in JSONLines.split(bytes).enumerated() {
      do {
        let file = try decoder.decode(TouchedFile.self, from: line)
        if let hash = file.kept, checked.insert(hash).inserted { checkOriginal(hash, of: file, &report) }
      } catch {
        report.add(13, path, "line \(number + 1) is no record of a file: \(error)")
      }
    }
  }

  private func checkOriginal(_ hash: ContentHash, of file: TouchedFile, _ report: inout CheckReport) {
    let path = run.original(hash)
    do throws(StoreError) {
      let found = ContentHash(of: try fileSystem.contents(of: path))
      guard found != hash else { return }
      report.add(13, run.relative(path), "its bytes are not those of `\(file.path)`: their hash is \(found)")
    } catch {
      report.add(13, run.relative(path), "the original of `\(file.path)` is missing: \(error)")
    }
  }
}
