import Catalogue
import FoundationEssentials
import Launching
import Replaying
import RunModel
import RunStore

/// Whether there is a run to go on with instead of recording another one: `florpy record --auto-resume`.
enum AutomaticResume {
  /// The script's latest run, if it had these arguments, was interrupted and can be resumed. `explain` hears why it cannot, where that
  /// is no matter of course.
  static func resumption(
    of script: RecordedScript, arguments: [String], in path: String, options: Resumption.Options,
    explain: (ReplayError) throws -> Void
  ) throws -> Resumption? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let store = RunStore(path: path)
    do {
      let selection = RunSelection(store: store, headers: StoredHeaders(store: store))
      let run = try selection.latest(script: script.name, absolutePath: script.name) { _, _ in }
      let files = RunFiles(store: store, run: run)
      let header = try files.header()
      guard Array(header.argv.dropFirst()) == arguments else { return nil }
      let earlier = Resumption.Earlier(header: header, end: files.end, sources: files.sources)
      return try Resumption(of: run, earlier, in: store, options: options)
    } catch let error as ReplayError where error.code == .notFound {
      return nil
    } catch let error as ReplayError where error.code == .refused {
      try explain(error)
      return nil
    }
  }
}
