import RunModel

/// Holds one run to the invariants of `docs/run-format.md`, by reading every byte of it. It changes nothing.
public struct RunChecker: Sendable {
  let store: RunStore
  let run: RunDirectory
  let decoder: any RecordDecoding

  public init(_ run: RunDirectory, in store: RunStore, decoder: any RecordDecoding) {
    self.run = run
    self.store = store
    self.decoder = decoder
  }

  public func check() -> CheckReport {
    var report = CheckReport()
    if neverBegan {
      report.leavings.append(".")
      return report
    }
    do throws(StoreError) {
      try store.checkFormat(of: run)
    } catch {
      // Nothing is known about what lies in a format that nobody told us about.
      report.add(1, run.relative(run.format), error.description)
      return report
    }
    let header = checkHeader(&report)
    checkSources(&report)
    let manifests = checkManifests(&report)
    LeafCheck(run: run, fileSystem: store.fileSystem).check(manifests, &report)
    GraphCheck(run: run, store: store).check(manifests, &report)
    StatisticsCheck(run: run).check(manifests, &report)
    checkOutput(manifests, &report)
    OriginalCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    LogCheck(run: run, store: store, pid: header?.pid).check(&report)
    ExtractedCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    InputCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    findLeavings(manifests, &report)
    return report
  }

  /// A folder without header and checkpoints is what a crash at the very start leaves: no run, and not damaged.
  private var neverBegan: Bool {
    let hasHeader = (try? store.fileSystem.status(of: run.header)) != nil
    let checkpoints = (try? store.checkpoints(of: run)) ?? []
    return !hasHeader && checkpoints.isEmpty
  }

  private func checkHeader(_ report: inout CheckReport) -> RunHeader? {
    let path = run.relative(run.header)
    do {
      let header = try decoder.decode(RunHeader.self, from: try store.fileSystem.contents(of: run.header))
      if header.run != run.run { report.add(2, path, "it is the header of the run \(header.run)") }
      return header
    } catch {
      report.add(2, path, "it is missing or not whole: \(error)")
      return nil
    }
  }

  private func checkSources(_ report: inout CheckReport) {
    let path = run.relative(run.sourceIndex)
    var checked: Set<ContentHash> = []
    do {
      for (number, line) in JSONLines.split(try store.fileSystem.contents(of: run.sourceIndex)).enumerated() {
        let source: SourceRecord
        do {
          source = try decoder.decode(SourceRecord.self, from: line)
        } catch {
          report.add(8, path, "line \(number + 1) is no source record: \(error)")
          continue
        }
        if checked.insert(source.hash).inserted { checkSource(source, &report) }
      }
    } catch {
      report.add(8, path, error.description)
    }
  }

  private func checkSource(_ source: SourceRecord, _ report: inout CheckReport) {
    let path = run.source(source.hash)
    do {
      let bytes = try store.fileSystem.contents(of: path)
      if bytes.count != source.bytes {
        report.add(8, run.relative(path), "it has \(bytes.count) bytes; `\(source.path)` had \(source.bytes)")
      } else if ContentHash(of: bytes) != source.hash {
        report.add(8, run.relative(path), "its bytes are not those of `\(source.path)`: their hash is \(ContentHash(of: bytes))")
      }
    } catch {
      report.add(8, run.relative(path), "`\(source.path)` is missing: \(error)")
    }
  }

  private func checkManifests(_ report: inout CheckReport) -> [CheckedManifest] {
    let numbers: [Int]
    do {
      numbers = try store.checkpoints(of: run)
    } catch {
      report.add(3, run.relative(run.checkpoints), error.description)
      return []
    }
    report.checkpoints = numbers.count
    let manifests = numbers.compactMap { checkManifest($0, &report) }
    checkGaps(numbers, manifests, &report)
    checkEnd(numbers, &report)
    return manifests
  }

  private func checkManifest(_ number: Int, _ report: inout CheckReport) -> CheckedManifest? {
    let path = run.relative(run.manifest(number))
    do {
      let manifest = try store.manifest(number, of: run)
      let position = try decoder.decode(CheckpointPosition.self, from: Array(manifest.positionJSON.utf8))
      if position.checkpoint != number { report.add(4, path, "it is the manifest of checkpoint \(position.checkpoint)") }
      checkPlace(position, path, &report)
      return CheckedManifest(number: number, leaves: manifest.leaves, position: position)
    } catch {
      report.add(4, path, "\(error)")
      return nil
    }
  }

  /// Invariant 17: an execution has ended, or is between two iterations.
  private func checkPlace(_ position: CheckpointPosition, _ path: String, _ report: inout CheckReport) {
    if (position.exit == nil) == (position.iteration == nil) {
      report.add(17, path, "it says neither that its execution had ended nor between which iterations it was, or both")
    }
    let counts = [position.iteration ?? 1] + (position.around ?? []).map { ($0.iteration ?? 0) + 1 }
    if counts.contains(where: { $0 < 1 }) || (position.around ?? []).contains(where: { $0.execution < 0 }) {
      report.add(17, path, "what it counts of executions and iterations cannot be")
    }
  }

  /// Invariant 6: what is missing below the highest checkpoint must have been given up.
  private func checkGaps(_ numbers: [Int], _ manifests: [CheckedManifest], _ report: inout CheckReport) {
    guard let highest = manifests.last, highest.number == numbers.last else { return }
    let missing = Set(1...highest.number).subtracting(numbers).subtracting(highest.position.givenUp ?? [])
    for number in missing.sorted() {
      report.add(6, run.relative(run.manifest(number)), "it is missing, and no later manifest says that it was given up")
    }
  }

  private func checkEnd(_ numbers: [Int], _ report: inout CheckReport) {
    // Without it the process was killed, or is still at work: no violation.
    guard (try? store.fileSystem.status(of: run.end)) != nil else { return }
    let path = run.relative(run.end)
    do {
      let end = try decoder.decode(RunEnd.self, from: try store.fileSystem.contents(of: run.end))
      report.end = end
      // A gap was reported already, if it was that.
      if end.checkpoints != numbers.count, !report.findings.contains(where: { $0.invariant == 6 }) {
        report.add(11, path, "it counts \(end.checkpoints) checkpoints, there are \(numbers.count)")
      }
    } catch {
      report.add(11, path, "it is not whole: \(error)")
    }
  }

  private func checkOutput(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    let path = run.relative(run.output)
    let before = report.findings.count
    do {
      let bytes = try store.fileSystem.contents(of: run.output)
      var records = OutputRecords(bytes)
      var starts: Set<Int> = []
      while let record = records.next() { starts.insert(record.offset) }
      starts.insert(records.offset)
      if records.endedAtUnknownKind { return report.add(9, path, "at byte \(records.offset) there is no record") }
      checkPositions(manifests, starts, records.offset, &report)
      if report.findings.count == before { checkOutputHashes(manifests, bytes, &report) }
      if report.findings.count == before, let end = report.end, end.ops != records.offset {
        report.add(11, path, "its records end at byte \(records.offset); when the run ended they did at \(end.ops)")
      }
    } catch {
      report.add(9, path, error.description)
    }
  }

  private func checkPositions(
    _ manifests: [CheckedManifest], _ starts: Set<Int>, _ length: Int, _ report: inout CheckReport
  ) {
    var earlier = 0
    for manifest in manifests {
      let (path, ops) = (run.relative(run.manifest(manifest.number)), manifest.position.ops)
      if ops > length {
        report.add(9, run.relative(run.output), "its records end at byte \(length); checkpoint \(manifest.number) knew \(ops)")
        return
      }
      if !starts.contains(ops) { report.add(9, path, "its `ops`, \(ops), is inside a record of output.ops") }
      if ops < earlier { report.add(9, path, "its `ops`, \(ops), is lower than an earlier checkpoint's, \(earlier)") }
      earlier = max(earlier, ops)
    }
  }

  private func checkOutputHashes(_ manifests: [CheckedManifest], _ bytes: [UInt8], _ report: inout CheckReport) {
    let known =
      manifests.compactMap { one in one.position.output.map { ("checkpoint \(one.number)", $0) } }
      + (report.end?.output.map { [("the run's end", $0)] } ?? [])
    let hashes = bytes.withUnsafeBytes { PrefixHashes.of($0, lengths: known.map(\.1.bytes)) }
    for ((who, contents), found) in zip(known, hashes) where found != contents.hash {
      return report.add(9, run.relative(run.output), "its first \(contents.bytes) bytes are not those that \(who) knew")
    }
  }

  /// Invariant 7: no violations, but worth telling.
  private func findLeavings(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    // A damaged manifest still says that its pack is no leaving.
    let committed = (try? store.checkpoints(of: run)) ?? []
    let needed = Set(manifests.flatMap { $0.leaves.flatMap { $0.versions.map(\.pack) } }).union(committed)
    for folder in [run.path, run.checkpoints, run.packs, run.sources, run.originals, run.blobs] {
      for name in ((try? store.fileSystem.names(in: folder)) ?? []).sorted() {
        let orphan = folder == run.packs && RunDirectory.checkpoint(named: name).map { !needed.contains($0) } ?? false
        if orphan || name.hasSuffix(".tmp") { report.leavings.append(run.relative("\(folder)/\(name)")) }
      }
    }
  }
}

/// A manifest whose own hash is right.
struct CheckedManifest {
  var number: Int
  var leaves: [LeafRecord]
  var position: CheckpointPosition
}
