import FoundationEssentials
import Glibc
public import Launching
public import RunModel
public import RunStore

/// Going on with one run where it was interrupted (`docs/resume.md`).
public struct Resumption {
  /// What a run says of itself. All but the header is read once it is sure that nobody records it any more.
  public struct Earlier {
    public let header: RunHeader
    let end: () throws -> RunEnd?
    let sources: () throws -> [String: SourceRecord]

    public init(
      header: RunHeader, end: @escaping () throws -> RunEnd?, sources: @escaping () throws -> [String: SourceRecord]
    ) {
      (self.header, self.end, self.sources) = (header, end, sources)
    }
  }

  /// How the rest is recorded.
  public struct Options {
    public var include: [String]
    public var exclude: [String]
    /// The share of the time; nil: any.
    public var overhead: Double?
    /// Where the user has not said what it may cost.
    public var isThrifty: Bool
    public var onlyEnds: Bool
    /// In bytes; nil: any.
    public var diskLimit: Int?

    public init(include: [String], exclude: [String], overhead: Double?, isThrifty: Bool, onlyEnds: Bool, diskLimit: Int?) {
      (self.include, self.exclude, self.overhead, self.isThrifty) = (include, exclude, overhead, isThrifty)
      (self.onlyEnds, self.diskLimit) = (onlyEnds, diskLimit)
    }
  }

  public let checkpoint: Int
  /// The run that goes on.
  public let resumed: RunDirectory
  private let earlier: RunDirectory
  private let lock: RunLock
  private let store: RunStore
  private let project: Project
  private let settings: ResumeSettings

  public init(of run: RunDirectory, _ known: Earlier, in store: RunStore, options: Options, isTrusted: Bool = false) throws {
    let header = known.header
    if header.logOnly == true { throw ReplayError.logOnly(run.run.text, header.module ?? header.script) }
    if !isTrusted { try Trust.check(run) }
    guard let lock = try Self.lock(run) else { throw ReplayError.beingRecorded(run.run.text) }
    if let end = try known.end(), end.status == .finished, end.exit == 0 { throw ReplayError.hasEnded(run.run.text) }
    guard let checkpoint = try Self.newestCheckpoint(of: run, in: store) else {
      throw ReplayError.noCheckpoint(run.run.text, header.module.map { "-m \($0)" } ?? header.script)
    }
    (earlier, self.lock, self.store, self.checkpoint) = (run, lock, store, checkpoint)
    project = try Project(header, store: store.path)
    try Self.checkSources(known.sources(), root: project.root)
    resumed = store.directory(of: .now())
    settings = ResumeSettings(
      store: store.path, run: resumed.run.text, overhead: options.overhead, thrifty: options.isThrifty,
      onlyEnds: options.onlyEnds, diskLimit: options.diskLimit, root: project.root, script: header.module ?? header.script,
      module: header.module != nil,
      include: options.include, exclude: options.exclude, hashSeed: header.hashSeed, earlier: run.run.text, earlierFolder: run.path,
      runFolder: resumed.path, replayFolder: resumed.path + "/way", checkpoint: checkpoint)
  }

  public var announcement: String {
    "florpy: going on with run \(earlier.run) from checkpoint \(checkpoint), as run \(resumed.run)"
  }

  /// Runs the rest of the script, with its output where ours goes.
  public func execute(with python: PythonInstallation) throws -> ExitStatus {
    guard FileManager.default.changeCurrentDirectoryPath(project.folder) else { throw ReplayError.noFolder(project.folder) }
    let configuration = HostConfiguration(
      python: python, mode: "resume", settings: String(decoding: try Files.text(settings), as: UTF8.self),
      arguments: project.arguments.map { Array($0.utf8) })
    let status = try ScriptProcess.run(configuration, outputFolder: resumed.path, isHiddenAtFirst: true)
    guard let told = try Refusal.read(in: resumed.path) else { return status }
    // Nothing of it is the user's but what lies in the earlier run as well, unless files were put in place already.
    if !Files.exists(resumed.path + "/aside") { try store.remove(resumed) }
    throw ReplayError.notResumed(earlier.run.text, checkpoint, status: told.status, why: told.why)
  }

  /// What was killed a moment ago may still be dying.
  private static func lock(_ run: RunDirectory) throws -> RunLock? {
    for _ in 0..<20 {
      if let lock = try RunLock(trying: run.lock, shared: true) { return lock }
      usleep(100_000)
    }
    return nil
  }

  /// The newest whose manifest is whole. What is damaged of its leaves is found when it is restored; then the program executes instead.
  private static func newestCheckpoint(of run: RunDirectory, in store: RunStore) throws(StoreError) -> Int? {
    for number in try store.checkpoints(of: run).reversed() where (try? store.manifest(number, of: run)) != nil { return number }
    return nil
  }

  private static func checkSources(_ sources: [String: SourceRecord], root: String) throws {
    let changed = sources.values.filter { source in
      guard let bytes = FileManager.default.contents(atPath: "\(root)/\(source.path)") else { return true }
      return ContentHash(of: Array(bytes)) != source.hash
    }
    if !changed.isEmpty { throw ReplayError.sourcesChanged(changed.map(\.path).sorted()) }
  }
}

/// What the host's Python side is told. Twin of `ReplaySettings`.
private struct ResumeSettings: Encodable {
  let mode = "resume"
  let store: String
  let run: String
  let overhead: Double?
  let thrifty: Bool
  let onlyEnds: Bool
  let diskLimit: Int?
  let root: String
  let script: String
  let module: Bool
  let include: [String]
  let exclude: [String]
  let hashSeed: UInt32?
  /// The run that is resumed.
  let earlier: String
  let earlierFolder: String
  let runFolder: String
  /// Where the script's files are until the checkpoint.
  let replayFolder: String
  let checkpoint: Int

  enum CodingKeys: String, CodingKey {
    case mode, store, run, overhead, thrifty, onlyEnds, diskLimit, root, script, module, include, exclude, hashSeed, earlier,
      checkpoint
    case earlierFolder = "earlier_folder"
    case runFolder = "run_folder"
    case replayFolder = "replay_folder"
  }
}

extension ReplayError {
  static func hasEnded(_ run: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "run \(run) has ended by itself, so there is nothing to go on with",
      hint: "`florpy runs` lists the runs; name one that was interrupted with `--run RUN`")
  }

  static func noCheckpoint(_ run: String, _ script: String) -> ReplayError {
    ReplayError(
      code: .notFound, message: "run \(run) has no checkpoint to go on from",
      hint: "`florpy record \(script)` begins anew; `florpy explain` tells why there is none")
  }

  static func sourcesChanged(_ paths: [String]) -> ReplayError {
    ReplayError(
      code: .refused,
      message: "the program is not as it was recorded, and its state belongs to it: \(paths.joined(separator: ", "))",
      hint: "put the files back as they were (the run keeps them in `sources/`), or record the changed program with `florpy record`"
    )
  }

  static func notResumed(_ run: String, _ checkpoint: Int, status: Int32, why: String) -> ReplayError {
    ReplayError(
      code: Code(rawValue: status) ?? .workerFailed,
      message: "run \(run) cannot be resumed at checkpoint \(checkpoint): \(why)",
      hint: "`florpy record` begins anew; `florpy verify \(run)` tells whether the run is whole")
  }
}
