import RunModel

/// Invariant 8: `sources.jsonl` and `sites.jsonl` are what checkpoints and end knew, and what the one names is there.
struct SourceCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem
  let decoder: any RecordDecoding

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    let known = manifests.known(\.sources, atEnd: report.end?.sources)
    if let index = contents(of: run.sourceIndex, known, &report) {
      // A power failure may cost what was loaded after the last checkpoint; an earlier florpy did not tell what was before it.
      let isUntold = known.isEmpty && (report.end != nil || !manifests.isEmpty)
      checkLines(Array(index.prefix(isUntold ? index.count : known.last?.contents.bytes ?? 0)), &report)
    }
    _ = contents(of: run.sites, manifests.known(\.sites, atEnd: report.end?.sites), &report)
  }

  /// Nil where it is not what was known of it.
  private func contents(of path: String, _ known: [KnownContents], _ report: inout CheckReport) -> [UInt8]? {
    do throws(StoreError) {
      let bytes = try fileSystem.contents(of: path)
      guard let wrong = known.contradicted(by: bytes) else { return bytes }
      report.add(8, run.relative(path), wrong)
    } catch {
      report.add(8, run.relative(path), error.description)
    }
    return nil
  }

  private func checkLines(_ index: [UInt8], _ report: inout CheckReport) {
    var checked: Set<ContentHash> = []
    for (number, line) in JSONLines.split(index).enumerated() {
      do {
        let source = try decoder.decode(SourceRecord.self, from: line)
        if checked.insert(source.hash).inserted { check(source, &report) }
      } catch {
        report.add(8, run.relative(run.sourceIndex), "line \(number + 1) is no source record: \(error)")
      }
    }
  }

  private func check(_ source: SourceRecord, _ report: inout CheckReport) {
    let path = run.source(source.hash)
    do {
      let bytes = try fileSystem.contents(of: path)
      if bytes.count != source.bytes {
        report.add(8, run.relative(path), "it has \(bytes.count) bytes; `\(source.path)` had \(source.bytes)")
      } else if ContentHash(of: bytes) != source.hash {
        report.add(8, run.relative(path), "its bytes are not those of `\(source.path)`: their hash is \(ContentHash(of: bytes))")
      }
    } catch {
      report.add(8, run.relative(path), "`\(source.path)` is missing: \(error)")
    }
  }
}
