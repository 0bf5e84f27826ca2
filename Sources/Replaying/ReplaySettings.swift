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
  /// Where `plan.json` is.
  let planFolder: String
  /// Where the files go that the script writes.
  var replayFolder: String
  /// Where this worker's report goes.
  var reportFolder: String
  let include: [String]
  let exclude: [String]
  let hashSeed: UInt32?
  /// Sites that must run although the plan would skip them.
  var execute: [MustRun] = []
  /// The number of the last checkpoint that may be restored; nil: all may.
  var restoreUntil: Int?
  /// Whether the script writes where it says, instead of into the replay's own folder.
  var allowWrites = false
  /// Whether standard output gets only what probes write.
  var onlyNew = false
  /// What standard output gets of probes instead of text: a record for each of their lines; nil: text.
  var format: ValueFormat?
  /// Whether what probes write is marked on standard output, which is a terminal.
  var markNew = false
  /// No level of `logging` that the script sets counts as a higher one; nil: they are as it sets them.
  var logLevel: Int?
  /// Which part of the log is to be seen; nil: all of it.
  var choice: LogChoice?
  /// Whether a debugger is Python's own even where there is another.
  var prefersPdb: Bool?
  /// The descriptor by which a worker is told its segments; nil: it executes the whole program.
  var orders: Int32?

  enum CodingKeys: String, CodingKey {
    case mode, store, run, root, script, module, include, exclude, hashSeed, execute, orders, choice, format
    case runFolder = "run_folder"
    case planFolder = "plan_folder"
    case replayFolder = "replay_folder"
    case reportFolder = "report_folder"
    case restoreUntil = "restore_until"
    case allowWrites = "allow_writes"
    case onlyNew = "only_new"
    case markNew = "mark_new"
    case logLevel = "log_level"
    case prefersPdb = "prefers_pdb"
  }
}
