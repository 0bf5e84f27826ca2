import RunModel

extension WorkerFile {
  /// Said of a worker that died, or of a script that left by `os._exit`.
  static let noReport = "the script's process ended before it could report"

  /// What the worker that executed the whole program reported.
  static func read(_ folder: String) throws -> WorkerFile {
    let path = "\(folder)/worker.json"
    return Files.exists(path) ? try Files.read(WorkerFile.self, path) : WorkerFile(notes: [noReport])
  }

  /// What one worker of several reported: at its end, or when it passed the end of a segment the last time.
  static func handedIn(_ folder: String) throws -> WorkerFile {
    let paths = ["worker.json", "passed.json"].map { "\(folder)/\($0)" }
    return try paths.first(where: Files.exists).map { try Files.read(WorkerFile.self, $0) } ?? WorkerFile(notes: [])
  }

  private init(notes: [String]) {
    self.init(loops: [], divergences: [], notes: notes, damages: [], endedAfter: nil, bytesRead: 0)
  }

  /// What several workers did, in the order of the files; what more than one of them found is there once.
  static func merged(_ files: [WorkerFile]) -> WorkerFile {
    var merged = WorkerFile(notes: [])
    var places: [LoopSite: Int] = [:]
    for file in files {
      for loop in file.loops {
        if let place = places[loop.site] {
          merged.loops[place].add(loop)
        } else {
          places[loop.site] = merged.loops.count
          merged.loops.append(loop)
        }
      }
      merged.divergences += file.divergences.filter { !merged.divergences.contains($0) }
      merged.notes += file.notes.filter { !merged.notes.contains($0) }
      merged.damages += file.damages.filter { !merged.damages.contains($0) }
      merged.iterations = file.iterations ?? merged.iterations
      merged.shownParts = file.shownParts ?? merged.shownParts
      merged.endedAfter = merged.endedAfter ?? file.endedAfter
      merged.bytesRead += file.bytesRead
    }
    return merged
  }
}

extension LoopReport {
  mutating func add(_ other: LoopReport) {
    restored += other.restored
    jumped += other.jumped
    executed += other.executed
    compared += other.compared
    restoreSeconds += other.restoreSeconds
    executeSeconds += other.executeSeconds
    bytesRead += other.bytesRead
    reasons.merge(other.reasons, uniquingKeysWith: +)
  }
}
