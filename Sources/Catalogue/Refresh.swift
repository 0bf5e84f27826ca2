import Glibc
import RunModel
import RunStore

extension Catalogue {
  /// Reads what is new in the run folders since the last time.
  func refresh() throws {
    let known = try knownRuns()
    let runs = try store.runIDs()
    let there = Set(runs.map(\.text))
    let gone = known.values.filter { !there.contains($0.run) }.map(\.id)
    let now = Self.now()
    var changed: [(directory: RunDirectory, mark: RunMark, id: Int?)] = []
    for run in runs {
      let directory = store.directory(of: run)
      let mark = RunMark(of: directory, in: store)
      let entry = known[run.text]
      if entry?.isSettled != true || entry?.mark != mark.text { changed.append((directory, mark, entry?.id)) }
    }
    if changed.isEmpty, gone.isEmpty { return }
    try database.transaction {
      for id in gone { try forget(id) }
      let tables = try RunTables(database)
      for (directory, mark, id) in changed {
        let summary = RunSummary(of: directory, in: store)
        try tables.put(summary, mark: mark.text, isSettled: summary.hasEnded && mark.isOlder(than: now), replacing: id)
      }
    }
  }

  private struct KnownRun {
    let id: Int
    let run: String
    let mark: String
    let isSettled: Bool
  }

  private func knownRuns() throws -> [String: KnownRun] {
    let rows = try database.rows("SELECT id, run, mark, settled FROM run") { row in
      KnownRun(id: row.integer(0) ?? 0, run: row.text(1) ?? "", mark: row.text(2) ?? "", isSettled: row.flag(3) ?? false)
    }
    return Dictionary(rows.map { ($0.run, $0) }) { _, later in later }
  }

  private func forget(_ id: Int) throws {
    try database.run("DELETE FROM run WHERE id = ?", [.integer(id)])
    try database.run("DELETE FROM argument WHERE run_id = ?", [.integer(id)])
  }

  private static func now() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }
}

/// When the names in a run's folder and among its replays last changed: of a run that has ended, all that can change.
private struct RunMark {
  private let modified: [Int]

  init(of run: RunDirectory, in store: RunStore) {
    // What cannot be looked at will be told of when it is read.
    modified = [run.path, run.replays].map { (try? store.fileSystem.status(of: $0).modifiedNanoseconds) ?? 0 }
  }

  var text: String { modified.map(String.init).joined(separator: " ") }

  /// Clocks of file systems tick slowly: what changed just now may change again and bear the same mark.
  func isOlder(than now: Int) -> Bool { modified.allSatisfy { $0 < now - 2_000_000_000 } }
}

extension RunSummary {
  /// Nothing more comes, unless it is replayed.
  fileprivate var hasEnded: Bool { [.finished, .failed, .killed].contains(status) }
}

/// The statements that put a run into the catalogue.
private struct RunTables {
  private let database: Database
  private let run: Statement
  private let argument: Statement

  init(_ database: Database) throws {
    self.database = database
    let names = ["id"] + Schema.columns.map(\.name) + ["mark", "settled"]
    let places = names.map { _ in "?" }.joined(separator: ", ")
    run = try database.prepare("INSERT OR REPLACE INTO run (\(names.joined(separator: ", "))) VALUES (\(places))")
    argument = try database.prepare("INSERT OR REPLACE INTO argument (run_id, name, value) VALUES (?, ?, ?)")
  }

  func put(_ summary: RunSummary, mark: String, isSettled: Bool, replacing id: Int?) throws {
    try run.run([SQLValue(id)] + summary.values + [.text(mark), SQLValue(isSettled)])
    let id = id ?? database.lastInsertedRow
    for (name, value) in ScriptArguments(summary.argv ?? []).values {
      try argument.run([.integer(id), .text(name), .text(value)])
    }
  }
}
