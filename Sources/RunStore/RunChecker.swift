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
    if RunLeavings.neverBegan(run, in: store) {
      report.leavings.append(".")
      return report
    }
    let isSealed: Bool
    do throws(StoreError) {
      isSealed = try store.checkFormat(of: run) >= SealedJSON.firstFormatVersion
    } catch {
      // Nothing is known about what lies in a format that nobody told us about.
      report.add(1, run.relative(run.format), error.description)
      return report
    }
    let header = checkHeader(isSealed, &report)
    let manifests = checkManifests(&report)
    checkEnd(isSealed, &report)
    SourceCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(manifests, &report)
    LeafCheck(run: run, fileSystem: store.fileSystem).check(manifests, &report)
    GraphCheck(run: run, store: store).check(manifests, &report)
    StatisticsCheck(run: run).check(manifests, &report)
    PlaceCheck(run: run).check(manifests, &report)
    checkOutput(manifests, &report)
    OriginalCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    LogCheck(run: run, store: store, pid: header?.pid).check(&report)
    ExtractedCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    InputCheck(run: run, fileSystem: store.fileSystem, decoder: decoder).check(&report)
    CrashCheck(run: run, store: store, decoder: decoder).check(manifests, &report)
    report.leavings += RunLeavings(of: run, in: store).paths.map(run.relative)
    return report
  }

  private func checkHeader(_ isSealed: Bool, _ report: inout CheckReport) -> RunHeader? {
    let path = run.relative(run.header)
    do {
      let bytes = try store.fileSystem.contents(of: run.header)
      if isSealed, !SealedJSON.isIntact(bytes) { report.add(2, path, "its bytes are not those that its last field is the hash of") }
      if !isSealed, SealedJSON.isIntact(bytes) { report.add(1, run.relative(run.format), "it is not the format of run.json") }
      let header = try decoder.decode(RunHeader.self, from: bytes)
      if header.run != run.run { report.add(2, path, "it is the header of the run \(header.run)") }
      return header
    } catch {
      report.add(2, path, "it is missing or not whole: \(error)")
      return nil
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
    return manifests
  }

  private func checkManifest(_ number: Int, _ report: inout CheckReport) -> CheckedManifest? {
    let path = run.relative(run.manifest(number))
    do {
      let manifest = try store.manifest(number, of: run)
      let position = try decoder.decode(CheckpointPosition.self, from: Array(manifest.positionJSON.utf8))
      if position.checkpoint != number { report.add(4, path, "it is the manifest of checkpoint \(position.checkpoint)") }
      return CheckedManifest(number: number, leaves: manifest.leaves, position: position)
    } catch {
      report.add(4, path, "\(error)")
      return nil
    }
  }

  /// Invariant 6: what is missing below the highest checkpoint must have been given up.
  private func checkGaps(_ numbers: [Int], _ manifests: [CheckedManifest], _ report: inout CheckReport) {
    guard let highest = manifests.last, highest.number == numbers.last else { return }
    let withdrawn: Set<Int>
    do throws(StoreError) {
      withdrawn = try store.thinnedCheckpoints(of: run).union(store.repairedCheckpoints(of: run))
    } catch {
      return report.add(6, run.relative(error.path), error.description)
    }
    let missing = Set(1...highest.number).subtracting(numbers).subtracting(highest.position.givenUp ?? []).subtracting(withdrawn)
    for number in missing.sorted() {
      report.add(6, run.relative(run.manifest(number)), "it is missing, and nothing says that it was given up or withdrawn")
    }
  }

  private func checkEnd(_ isSealed: Bool, _ report: inout CheckReport) {
    // Without it the process was killed, or is still at work: no violation.
    guard (try? store.fileSystem.status(of: run.end)) != nil else { return }
    let path = run.relative(run.end)
    do {
      let bytes = try store.fileSystem.contents(of: run.end)
      if isSealed, !SealedJSON.isIntact(bytes) {
        return report.add(11, path, "its bytes are not those that its last field is the hash of")
      }
      let end = try decoder.decode(RunEnd.self, from: bytes)
      report.end = end
      let count = report.checkpoints + (try store.repairedCheckpoints(of: run)).count
      // A gap was reported already, if it was that.
      if end.checkpoints != count, !report.findings.contains(where: { $0.invariant == 6 }) {
        report.add(11, path, "it counts \(end.checkpoints) checkpoints, there are \(count)")
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
    let known = manifests.known(\.output, atEnd: report.end?.output)
    if let wrong = known.contradicted(by: bytes) { report.add(9, run.relative(run.output), wrong) }
  }
}

/// A manifest whose own hash is right.
struct CheckedManifest {
  var number: Int
  var leaves: [LeafRecord]
  var position: CheckpointPosition
}

/// What was known of a file that grows, and by whom.
struct KnownContents {
  var who: String
  var contents: FileContents
}

extension [CheckedManifest] {
  func known(_ file: KeyPath<CheckpointPosition, FileContents?>, atEnd: FileContents?) -> [KnownContents] {
    let known = compactMap { one in
      one.position[keyPath: file].map { KnownContents(who: "checkpoint \(one.number)", contents: $0) }
    }
    return known + (atEnd.map { [KnownContents(who: "the run's end", contents: $0)] } ?? [])
  }
}

extension [KnownContents] {
  /// What is wrong with `bytes`, by the first that knew others; nil where nothing is.
  func contradicted(by bytes: [UInt8]) -> String? {
    let hashes = bytes.withUnsafeBytes { PrefixHashes.of($0, lengths: map(\.contents.bytes)) }
    return zip(self, hashes).first { $0.contents.hash != $1 }.map {
      "its first \($0.0.contents.bytes) bytes are not those that \($0.0.who) knew"
    }
  }
}
