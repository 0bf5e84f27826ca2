import Glibc
import Recording
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

/// The nth call to the system fails, for n = 1, 2, … until a recording gets through without meeting the fault.
@Suite struct FaultInjectionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [ErrorNumber.noSpace, .inputOutput, .quotaExceeded], [true, false])
  func `Whichever call fails, checkpoints are whole or absent and earlier runs untouched`(
    error: ErrorNumber, lasting: Bool
  ) throws {
    var call = 0
    var fired = true
    var outcomes: Set<Int> = []
    while fired {
      call += 1
      let store = RunStore(path: "\(folder.path)/\(call)")
      try recordUndisturbed(SampleRecording.earlierRun, in: store)
      let files = FaultyFileSystem(lasting ? .fromThenOn(call, error) : .once(call, error))
      let problems = record(in: RunStore(path: store.path, fileSystem: files))
      fired = files.fired
      #expect(problems.isEmpty == !fired, "call \(call): \(problems)")
      try expectIntact(SampleRecording.earlierRun, in: store, checkpoints: 3, "call \(call)")
      outcomes.insert(try expectIntact(SampleRecording.run, in: store, "call \(call): \(problems)"))
    }
    // The faults did reach every stage.
    #expect(outcomes.isSuperset(of: [0, 1, 2, 3]))
  }

  @Test func `Interrupted calls and short writes change nothing`() throws {
    let files = FaultyFileSystem(.interruptions)
    #expect(record(in: RunStore(path: folder.path, fileSystem: files)) == [])
    #expect(files.fired)
    try expectIntact(SampleRecording.run, in: RunStore(path: folder.path), checkpoints: 3, "")
  }

  @Test func `On a full disk no checkpoint is taken, and one sentence says so`() throws {
    let session = try SampleRecording.begin(
      in: RunStore(path: folder.path, fileSystem: FaultyFileSystem(.full(try callsOf(checkpoints: 1) + 1, .max))))
    #expect(SampleRecording.record(epochs: 4, in: session) == [1, 2, nil, nil])
    #expect(!session.isStopped)
    let said = session.finish(endJSON: SampleJSON.end).filter { $0.contains("until there is room") }
    #expect(said.count == 1)
    #expect(said.first?.contains("No space left on device") == true)
  }

  @Test func `Recording picks up again when there is room`() throws {
    let calls = try callsOf(checkpoints: 1)
    let files = FaultyFileSystem(.full(calls + 1, calls + 20))
    let session = try SampleRecording.begin(in: RunStore(path: folder.path, fileSystem: files))
    let taken = SampleRecording.record(epochs: 40, in: session).compactMap(\.self)
    let problems = session.finish(endJSON: SampleJSON.end)
    #expect(problems.count == 2, "\(problems)")
    #expect(problems.last?.contains("there was room again") == true, "\(problems)")
    #expect(taken.count > 20)
    try expectIntact(SampleRecording.run, in: RunStore(path: folder.path), "\(problems)")
    let run = RunStore(path: folder.path).directory(of: SampleRecording.run)
    let output = try PosixFileSystem().contents(of: run.output)
    #expect(output == (1...40).flatMap { SampleRun.record("epoch \($0)\n") })
  }

  @Test func `Three failures in a row stop recording`() throws {
    let session = try SampleRecording.begin(in: RunStore(path: folder.path, fileSystem: fault(after: 1, .inputOutput)))
    let given = SampleRecording.record(epochs: 6, in: session)
    #expect(given.last == .some(nil))
    #expect(session.isStopped)
  }

  @Test(arguments: [30, 34, 38, 41, 44, 47, 50, 53, 56, 60, 64, 71, 79, 86])
  func `A process killed at any call leaves a sound run`(call: Int) async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [call, path = folder.path as String] in
      let store = RunStore(path: path, fileSystem: FaultyFileSystem(.kill(call)))
      let session = try SampleRecording.begin(in: store)
      SampleRecording.record(epochs: 3, in: session)
      _ = session.finish(endJSON: SampleJSON.end)
    }
    let store = RunStore(path: folder.path)
    try expectIntact(SampleRecording.run, in: store, "call \(call)")
    let run = store.directory(of: SampleRecording.run)
    // It was killed in the middle, and its lock went with it.
    #expect(throws: ErrorNumber.self) { try store.fileSystem.status(of: run.end) }
    #expect(try !RunLock.isHeld(run.lock))
  }

  /// A disk that fails for good after `checkpoints` of them.
  private func fault(after checkpoints: Int, _ error: ErrorNumber) throws -> FaultyFileSystem {
    // The next checkpoint flushes its output first; the call after that is the writer's.
    FaultyFileSystem(.fromThenOn(try callsOf(checkpoints: checkpoints) + 2, error))
  }

  private func callsOf(checkpoints: Int) throws -> Int {
    let counter = FaultyFileSystem(.none)
    let session = try SampleRecording.begin(in: RunStore(path: folder.path + "/counted", fileSystem: counter))
    SampleRecording.record(epochs: checkpoints, in: session)
    let calls = counter.calls
    _ = session.finish(endJSON: SampleJSON.end)
    return calls
  }

  private func recordUndisturbed(_ run: RunID, in store: RunStore) throws {
    let session = try SampleRecording.begin(run, in: store)
    SampleRecording.record(epochs: 3, in: session)
    try #require(session.finish(endJSON: SampleJSON.end) == [])
  }

  /// Returns what went wrong, in sentences.
  private func record(in store: RunStore) -> [String] {
    do {
      let session = try SampleRecording.begin(in: store)
      SampleRecording.record(epochs: 3, in: session)
      return session.finish(endJSON: SampleJSON.end)
    } catch {
      return ["\(error)"]
    }
  }

  /// Returns how many checkpoints there are, each of them what was recorded.
  @discardableResult
  private func expectIntact(_ run: RunID, in store: RunStore, checkpoints: Int? = nil, _ what: String) throws -> Int {
    guard try store.runIDs().contains(run) else { return 0 }
    let report = SampleRecording.check(run, in: store)
    #expect(report.findings == [], "\(what)")
    if let checkpoints { #expect(report.checkpoints == checkpoints, "\(what)") }
    if report.leavings == ["."] { return 0 }
    for (number, epoch) in try SampleRecording.restored(run, in: store) {
      #expect(epoch == SampleRecording.epoch(number), "\(what)")
    }
    return report.checkpoints
  }
}
