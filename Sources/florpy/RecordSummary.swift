import Catalogue
import RunModel
import RunStore

/// The one line at the end of a recording, for who asked or who watches.
struct RecordSummary {
  private let files: RunFiles
  private let run: String
  private let words: String
  private let storeOption: String

  /// `words` name the script as the user did; the store is named where the user named it.
  init(of settings: RecordSettings, words: [String]) throws {
    let store = RunStore(path: settings.store)
    guard let run = RunID(settings.run) else { preconditionFailure("A run's name was made by `RunID`.") }
    files = RunFiles(store: store, run: store.directory(of: run))
    self.run = settings.run
    self.words = words.joined(separator: " ")
    storeOption = settings.storeWasNamed ? "--store \(settings.store) " : ""
  }

  /// Run, loops, checkpoints, bytes, what it cost, and what to type next.
  func text() throws(StoreError) -> String {
    // A script that does not compile has no run.
    guard (try? files.store.fileSystem.status(of: files.run.path)) != nil else { return "florpy: nothing was recorded" }
    guard let end = try files.end() else {
      let count = try files.store.checkpoints(of: files.run).count
      let next = count > 0 ? "to go on: florpy resume \(storeOption)\(words)" : "see florpy show \(storeOption)\(run)"
      return "florpy: run \(run) was cut short, \(Console.counted(count, "checkpoint")); \(next)"
    }
    let loops = (end.statistics ?? []).count
    let share = end.seconds > 0 ? end.lostSeconds / end.seconds * 100 : 0
    let facts = [
      "run \(run)", Console.counted(loops, "loop"), Console.counted(end.checkpoints, "checkpoint"), Console.bytes(end.bytes),
      "\(Console.decimal(share, 1)) % overhead",
    ]
    let problems =
      end.problems.isEmpty ? "" : " (\(Console.counted(end.problems.count, "problem")), see florpy show \(storeOption)\(run))"
    let crash = try files.crash().map { "; it ended by \($0.type): florpy debug \(storeOption)\(run)" } ?? ""
    return "florpy: \(facts.joined(separator: ", "))\(problems)\(crash); add log lines, then: florpy replay \(storeOption)\(words)"
  }
}
