import Glibc
import RunModel
import RunStore

extension Catalogue {
  /// Reads what is new in the run folders since the last time.
  func refresh() throws {
    let known = try knownRuns()
    let runs = try store.runIDs()
    let there = Set(runs.map(\.text))
    let gone = known.values.filter { !there.contains($0.run) }
    let changed = runs.filter { run in
      guard let entry = known[run.text], entry.isSettled else { return true }
      return entry.mark != RunMark(of: store.directory(of: run), in: store).text
    }
    if changed.isEmpty, gone.isEmpty { return }
    try database.transaction {
      let tables = try RunTables(database)
      for entry in gone { try tables.forget(entry.id) }
      for run in changed { try update(run, known[run.text], tables) }
    }
  }

  private func update(_ run: RunID, _ entry: KnownRun?, _ tables: RunTables) throws {
    let now = Self.now()
    let directory = store.directory(of: run)
    // The marks first: what changes while the run is read is found the next time.
    let (mark, logMark) = (RunMark(of: directory, in: store), LogMark(of: directory, in: store))
    var summary = RunSummary(of: directory, in: store)
    var log: LoggedSeries?
    if entry?.logMark != logMark.text {
      do {
        log = try LoggedSeries(of: directory, in: store)
        summary.problem = summary.problem ?? log?.problem
      } catch {
        summary.problem = summary.problem ?? error.description
      }
    }
    let isSettled = summary.hasEnded && mark.isOlder(than: now) && logMark.isOlder(than: now) && !logMark.hasOpenReplays
    let id = try tables.put(summary, marks: (mark.text, logMark.text), isSettled: isSettled, replacing: entry?.id)
    if let log { try tables.put(log.series, of: id) }
  }

  private struct KnownRun {
    let id: Int
    let run: String
    let mark: String
    let logMark: String
    let isSettled: Bool
  }

  private func knownRuns() throws -> [String: KnownRun] {
    let rows = try database.rows("SELECT id, run, mark, log_mark, settled FROM run") { row in
      KnownRun(
        id: row.integer(0) ?? 0, run: row.text(1) ?? "", mark: row.text(2) ?? "", logMark: row.text(3) ?? "",
        isSettled: row.flag(4) ?? false)
    }
    return Dictionary(rows.map { ($0.run, $0) }) { _, later in later }
  }

  private static func now() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }
}

extension RunSummary {
  /// Nothing more comes, unless it is replayed.
  fileprivate var hasEnded: Bool { [.finished, .failed, .killed].contains(status) }
}
