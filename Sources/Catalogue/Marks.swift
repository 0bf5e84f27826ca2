import RunModel
import RunStore

/// When the names in a run's folder, among its replays and among its log files last changed: all that can change once it has ended.
struct RunMark {
  private let modified: [Int]

  init(of run: RunDirectory, in store: RunStore) {
    modified = [run.path, run.replays, run.log].map { store.modifiedNanoseconds(of: $0) }
  }

  var text: String { modified.map(String.init).joined(separator: " ") }

  func isOlder(than now: Int) -> Bool { modified.allSatisfy { $0 < now - Self.tickNanoseconds } }

  /// Clocks of file systems tick slowly: what changed just now may change again and bear the same mark.
  static let tickNanoseconds = 2_000_000_000
}

/// How long the log files of a run are, those of its replays included, and when what was found in its output was kept.
struct LogMark {
  let text: String
  /// A replay has not told of its end: it is at work, or was killed.
  let hasOpenReplays: Bool
  private let latest: Int

  init(of run: RunDirectory, in store: RunStore) {
    // What cannot be looked at will be told of when it is read.
    let files = (try? RunLog(run, in: store).files()) ?? []
    let found = files.map { ($0.path, try? store.fileSystem.status(of: $0.path)) }
    let extracted = store.modifiedNanoseconds(of: run.extracted)
    text = (["\(extracted)"] + found.map { "\(run.relative($0)) \($1?.byteCount ?? 0)" }).joined(separator: "\n")
    latest = ([extracted] + found.map { $1?.modifiedNanoseconds ?? 0 }).max() ?? 0
    let replays = (try? store.fileSystem.names(in: run.replays)) ?? []
    hasOpenReplays = replays.contains { store.modifiedNanoseconds(of: "\(run.replays)/\($0)/report.json") == 0 }
  }

  func isOlder(than now: Int) -> Bool { latest < now - RunMark.tickNanoseconds }
}

extension RunStore {
  /// 0 of what is not there.
  fileprivate func modifiedNanoseconds(of path: String) -> Int {
    (try? fileSystem.status(of: path).modifiedNanoseconds) ?? 0
  }
}
