import CPython
import Glibc
public import Interpreter
import Recording
import RunModel
import RunStore

/// Recording as the script's process sees it: each function of `_flor` forwards to the `RecordSession`.
public final class RecordScriptSession: ScriptSession {
  private var store: RunStore
  private var run: RunID
  private var policy: CheckpointPolicy
  private let diskLimit: Int?
  private var session: RecordSession?
  private var watchesFiles = false
  /// The owners of copies that the writer may still read, by checkpoint. References without an owner: at the end of the process there
  /// is no interpreter any more that could let go of them.
  private var lent: [Int: OpaquePointer] = [:]
  /// What Python knows at its end; a script that leaves by `os._exit` never comes there.
  private var endText = #"{"ended":"","seconds":0,"statistics":[],"counters":{}}"#

  // For the fork handler, which gets no argument. Set once, before the script starts.
  nonisolated(unsafe) private static var active: RecordSession?
  /// For the audit hook, likewise. Forked children go on telling it.
  nonisolated(unsafe) private static var touchedFiles: TouchedFiles?
  nonisolated(unsafe) private static var inputFiles: InputFiles?

  public init(store: String, run: String, overhead: Double, isThrifty: Bool, diskLimit: Int?) throws {
    self.store = RunStore(path: store)
    guard let run = RunID(run) else { throw InvalidRun(text: run) }
    self.run = run
    policy = CheckpointPolicy(overhead: overhead, isThrifty: isThrifty)
    self.diskLimit = diskLimit
  }

  /// Of a run that is only chosen when it is needed, by `choose`.
  init() {
    store = RunStore(path: "")
    run = RunID(secondsSince1970: 0, nanoseconds: 0, random: 0)
    policy = CheckpointPolicy(overhead: .infinity)
    diskLimit = nil
  }

  func choose(store: String, overhead: Double) -> RunDirectory {
    self.store = RunStore(path: store)
    policy = CheckpointPolicy(overhead: overhead)
    run = .now()
    return self.store.directory(of: run)
  }

  public func register(into module: BuiltinModule) {
    precondition(effects_watch() == 0, "no memory for one page that children share")
    watchesFiles = true
    registerRun(into: module)
    module.add("effects") { _ in try PythonObject(Int(effects_count())) }
    module.add("last_effect") { _ in try EffectText.last() }
    module.add("touch") { arguments in
      _ = effects_tell(try arguments.string(0), EFFECT_ON_CONTENT)
      return nil
    }
    module.add("watch_inputs") { [unowned self] in try watchInputs(besides: $0[0]) }
    module.add("crashed") { [unowned self] in try noteCrash($0.string(0)) }
    module.add("connections") { _ in
      try .tuple([PythonObject(Int(effects_connections())), EffectText.firstHost()])
    }
  }

  /// What a process can do with a run also where nobody watches what the script does.
  func registerRun(into module: BuiltinModule) {
    MemoryFunctions.register(into: module)
    SavedRuns.register(into: module)
    module.add("open_run") { [unowned self] in try open(header: $0.string(0)) }
    module.add("append") { [unowned self] in try append($0) }
    module.add("keep_source") { [unowned self] in try keepSource($0) }
    module.add("consider") { [unowned self] in try consider(site: $0.int(0), seconds: $0.double(1)) }
    module.add("consider_boundary") { [unowned self] in
      try considerBoundary(site: $0.int(0), seconds: $0.double(1), checkpoints: $0.int(2))
    }
    module.add("passed_over") { [unowned self] _ in try PythonObject(session?.passedOverJSON() ?? "{}") }
    module.add("checkpoint") { [unowned self] in try checkpoint($0) }
    module.add("lost") { [unowned self] arguments in
      session?.charge(
        site: try arguments.int(0), seconds: try arguments.double(1), tookCheckpoint: try arguments.bool(2),
        atBoundary: try arguments.bool(3))
      return nil
    }
    module.add("followed") { [unowned self] arguments in
      try PythonObject(
        session?.followed(seconds: try arguments.double(0), spentSeconds: try arguments.double(1)) ?? 0)
    }
    module.add("problem") { [unowned self] arguments in
      session?.note(problem: try arguments.string(0))
      return nil
    }
    module.add("allow") { [unowned self] arguments in
      session?.allow(overhead: try arguments.double(0))
      return nil
    }
    module.add("drain") { [unowned self] _ in
      if let session { detached { session.drain() } }
      return nil
    }
    module.add("settle_for_fork") { [unowned self] _ in
      if let session { detached { session.settleForFork() } }
      return nil
    }
    module.add("end_run") { [unowned self] arguments in
      endText = try arguments.string(0)
      return nil
    }
  }

  /// None, or the sentence that says why nothing will be recorded.
  func open(header: String, continuing: RunContinuation? = nil) throws -> PythonObject? {
    do throws(StoreError) {
      let session = try RecordSession.create(
        store: store, runID: run, headerJSON: header, policy: policy, diskLimit: diskLimit, continuing: continuing)
      self.session = session
      Self.active = session
      if watchesFiles { watchFiles() }
      pthread_atfork(nil, nil) { RecordScriptSession.active?.becomeInert() }
      return nil
    } catch {
      return try PythonObject("\(error)")
    }
  }

  /// From here on the run keeps what files were before the script changes them.
  func watchFiles() {
    if Self.touchedFiles == nil { Self.touchedFiles = TouchedFiles(run: store.directory(of: run), store: store.path) }
    effects_observe { path, kind in RecordScriptSession.touch(path, kind) }
  }

  /// From here on files that are read are noted, but those in these folders.
  private func watchInputs(besides folders: PythonObject) throws -> PythonObject? {
    guard session != nil, let touchedFiles = Self.touchedFiles else { return nil }
    let foreign = try (0..<folders.count()).map { try folders.item($0).string() }
    Self.inputFiles = InputFiles(run: store.directory(of: run), touched: touchedFiles, besides: foreign)
    effects_observe_inputs { path in
      if let path = String(validatingCString: path) { RecordScriptSession.inputFiles?.willRead(path) }
    }
    return nil
  }

  private static func touch(_ path: UnsafePointer<CChar>, _ kind: EffectKind) -> Int32 {
    guard let touchedFiles, let path = String(validatingCString: path) else { return 0 }
    switch kind {
    case EFFECT_ON_NAME: touchedFiles.willChange(name: path)
    case EFFECT_ON_TREE: touchedFiles.willChangeTree(path)
    case EFFECT_ON_DATABASE: touchedFiles.willChangeDatabase(path)
    default: touchedFiles.willChangeContent(of: path)
    }
    return 0
  }

  private func append(_ arguments: PythonArguments) throws -> PythonObject? {
    let names: [String: RecordSession.File] = ["sources": .sources, "sites": .sites, "output": .output]
    guard let file = names[try arguments.string(0)] else { throw InvalidRun(text: try arguments.string(0)) }
    try arguments.withBytes(1) { session?.append($0, to: file) }
    return nil
  }

  private func keepSource(_ arguments: PythonArguments) throws -> PythonObject? {
    try arguments.withBytes(0) { source in
      let hash = ContentHash(of: source)
      session?.keepSource(hash, Array(source))
      return try PythonObject(hash.hex)
    }
  }

  /// Lets go of the copies that the writer has read.
  private func takeBack() {
    if lent.isEmpty { return }
    for checkpoint in session?.takeReturned() ?? [] {
      if let owners = lent.removeValue(forKey: checkpoint) { _ = PythonObject(owned: owners) }
    }
  }

  private func consider(site: Int, seconds: Double) throws -> PythonObject? {
    takeBack()
    guard let session, case .take = session.considers(site: site, seconds: seconds) else { return try PythonObject(false) }
    return try PythonObject(true)
  }

  /// Seconds; -1 where a checkpoint pays.
  private func considerBoundary(site: Int, seconds: Double, checkpoints: Int) throws -> PythonObject? {
    takeBack()
    guard let session else { return try PythonObject(Double.infinity) }
    return try PythonObject(session.considersBoundary(site: site, seconds: seconds, checkpoints: checkpoints) ?? -1)
  }

  private func checkpoint(_ arguments: PythonArguments) throws -> PythonObject? {
    guard let session else { return nil }
    let header = try arguments.string(0)
    let leaves = try live(arguments[2])
    let number = try arguments.withBytes(1) { graph in
      // No Python object is touched while the memory is copied; the graph is pinned, the leaves are kept alive by the caller.
      detached { session.checkpoint(headerJSON: header, graph: graph, leaves: leaves) }
    }
    let copies = try arguments[3]
    if let number, try copies.count() > 0 { lent[number] = copies.released() }
    return try number.map { try PythonObject($0) }
  }

  /// Address, bytes, and 0 for memory that the program may write, -1 for memory that cannot be watched, -2 for a copy that was made for
  /// this, or the number of a content that never changes; then the bytes of an item, and where the program has it.
  private func live(_ list: PythonObject) throws -> [LiveLeaf] {
    let count = try list.count()
    var leaves: [LiveLeaf] = []
    leaves.reserveCapacity(count)
    for index in 0..<count {
      let leaf = try list.item(index)
      let memory = try MemoryFunctions.memory(try leaf.item(0).int(), try leaf.item(1).int())
      leaves.append(
        LiveLeaf(
          address: UInt(bitPattern: memory.baseAddress), byteCount: memory.count, kind: kind(try leaf.item(2).int()),
          itemBytes: try leaf.item(3).int(), origin: UInt(bitPattern: try leaf.item(4).int())))
    }
    return leaves
  }

  private func kind(_ content: Int) -> LiveLeaf.Kind {
    switch content {
    case 0: .memory
    case -1: .unwatchable
    case -2: .copy
    default: .constant(content)
    }
  }

  /// Once every checkpoint is durable or given up, so that the newest is known.
  private func noteCrash(_ json: String) throws -> PythonObject? {
    guard let session, !session.isInert else { return nil }
    do throws(StoreError) {
      try detached { () throws(StoreError) in
        session.drain()
        try CrashFile(of: session.run, in: store).write(json)
      }
    } catch {
      session.note(problem: "The crash was not recorded: \(error)")
    }
    return nil
  }

  public func finish(status: Int32) {
    let problem = ProcessLog.close()
    guard let session else { return }
    if let problem { session.note(problem: problem) }
    effects_observe(nil)
    effects_observe_inputs(nil)
    if Self.touchedFiles?.finish() == false {
      session.note(problem: "What the script's files were before it changed them may not outlive a power failure.")
    }
    let outcome = "\"status\":\"\(status == 0 ? "finished" : "failed")\",\"exit\":\(status),"
    _ = session.finish(endJSON: "{" + outcome + endText.dropFirst())
  }
}

/// A name that the command line handed over and that names nothing.
struct InvalidRun: Error, CustomStringConvertible {
  let text: String
  var description: String { "`\(text)` is no run and no file of one" }
}
