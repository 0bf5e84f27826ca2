import RunModel

/// What the planner's and the worker's Python side are told. Twin of the settings of a recording.
struct ReplaySettings: Encodable {
  var mode: String
  let store: String
  let run: String
  let root: String
  let script: String
  let module: Bool
  let runFolder: String
  let replayFolder: String
  let include: [String]
  let exclude: [String]
  /// Sites that must run although the plan would skip them.
  var execute: [MustRun] = []
  /// The number of the last checkpoint that may be restored; nil: all may.
  var restoreUntil: Int?
  /// Whether the script writes where it says, instead of into the replay's own folder.
  var allowWrites = false

  enum CodingKeys: String, CodingKey {
    case mode, store, run, root, script, module, include, exclude, execute
    case runFolder = "run_folder"
    case replayFolder = "replay_folder"
    case restoreUntil = "restore_until"
    case allowWrites = "allow_writes"
  }
}
