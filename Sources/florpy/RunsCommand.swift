import ArgumentParser
import RunModel
import RunStore

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs of a store, the latest first.",
    discussion: "Exits with 66 where there is no store or no run.")

  @OptionGroup var storeOption: StoreOption

  @Option(name: .long, help: ArgumentHelp("Only runs of this script: its path, or the end of it.", valueName: "NAME"))
  var script: String?

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      // Says what there is to say about a store without runs.
      _ = try store.run("latest")
      let rows = try store.runIDs().reversed().map { RunRow(of: store.directory(of: $0), in: store) }.filter(matches)
      if json { return try Console.print(json: rows) }
      guard !rows.isEmpty else {
        throw StoreError.notFound(
          "There is no run of `\(script ?? "")` in the store `\(store.path)`", path: store.path,
          hint: "`florpy runs` without `--script` lists the runs of all scripts")
      }
      try Console.print(
        Console.table(
          ["RUN", "SCRIPT", "STARTED (UTC)", "STATUS", "SECONDS", "CHECKPOINTS", "SIZE"], rows.map(\.cells), right: [4, 5, 6]))
      for row in rows {
        if let problem = row.problem { try Console.report("warning: \(row.run): \(problem)") }
      }
    }
  }

  private func matches(_ row: RunRow) -> Bool {
    guard let script else { return true }
    return row.script.map { $0 == script || $0.hasSuffix("/" + script) || row.module == script } ?? false
  }
}

/// One line of `florpy runs`.
private struct RunRow: Encodable {
  var run: String
  var script: String?
  var module: String?
  var started: String?
  var status: RunFiles.Status
  var exit: Int?
  var seconds: Double?
  var checkpoints: Int?
  var bytes: Int?
  /// Why something of it could not be read.
  var problem: String?

  init(of directory: RunDirectory, in store: RunStore) {
    let files = RunFiles(store: store, run: directory)
    run = directory.run.text
    status = .unreadable
    do throws(StoreError) {
      bytes = try files.byteCount()
      let header = try files.header()
      (script, module, started) = (header.script, header.module, header.started)
      checkpoints = try store.checkpoints(of: directory).count
      let end = try files.end()
      (exit, seconds) = (end?.exit, end?.seconds)
      status = try files.status(end: end)
    } catch {
      // One damaged run must not hide the others.
      problem = error.description
    }
  }

  var cells: [String] {
    let time = started.map { String($0.prefix(19)).replacing("T", with: " ") }
    let name = module.map { "-m \($0)" } ?? script.map { String($0.split(separator: "/").last ?? "") }
    let outcome = status == .failed ? "failed (exit \(exit ?? 1))" : status.rawValue
    return [
      run, name ?? "-", time ?? "-", outcome, seconds.map(Console.seconds) ?? "-", checkpoints.map(String.init) ?? "-",
      bytes.map(Console.bytes) ?? "-",
    ]
  }
}
