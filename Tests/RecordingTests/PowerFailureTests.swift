import Glibc
import Recording
import RunModel
import RunStore
import TestSupport
import Testing

/// The power fails between any two calls: unsynchronized writes and names are lost, torn and reordered at random.
@Suite struct PowerFailureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// `make crash` asks for more.
  private static let trials = getenv("FLORPY_POWER_FAILURES").flatMap { Int(String(cString: $0)) } ?? 400
  private static let seed = getenv("FLORPY_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_240_607

  @Test(arguments: [3, 12])
  func `After a power failure what was committed is whole, and nothing else is taken for it`(epochs: Int) throws {
    let (store, files) = (RunStore(path: "\(folder.path)/recorded"), VolatileFileSystem())
    try record(epochs, in: RunStore(path: store.path, fileSystem: files))
    var generator = SeededGenerator(state: Self.seed)
    var outcomes: Set<Int> = []
    for trial in 0..<Self.trials {
      // Every call is the last one before the failure, again and again.
      let moment = trial % (files.operationCount + 1)
      let failure = PowerFailure(of: files, after: moment)
      let survivor = RunStore(path: "\(folder.path)/\(trial)")
      try failure.materialize(store.path, at: survivor.path, using: &generator)
      outcomes.insert(try expectIntact(survivor, failure, "seed \(Self.seed), trial \(trial), after call \(moment)"))
      TemporaryFolder.remove(survivor.path)
    }
    #expect(outcomes.isSuperset(of: [0, 1, 2, 3]))
  }

  /// Of many epochs, some checkpoints are thinned out.
  private func record(_ epochs: Int, in store: RunStore) throws {
    let session = try SampleRecording.begin(in: store, diskLimit: epochs > 3 ? 20_000 : nil)
    SampleRecording.record(epochs: epochs, in: session)
    #expect(session.finish(endJSON: SampleJSON.end) == [])
  }

  /// None where the power failed before there was a folder for them.
  private func checkpoints(in store: RunStore) -> [Int] {
    (try? store.checkpoints(of: store.directory(of: SampleRecording.run))) ?? []
  }

  /// Returns how many checkpoints there are, each of them what was recorded.
  private func expectIntact(_ store: RunStore, _ failure: PowerFailure, _ what: String) throws -> Int {
    let known = try store.runIDs().contains(SampleRecording.run)
    #expect(known || failure.committed.isEmpty, "\(what)")
    guard known else { return 0 }
    let report = SampleRecording.check(in: store)
    #expect(report.findings == [], "\(what)")
    let thinned = try store.thinnedCheckpoints(of: store.directory(of: SampleRecording.run))
    #expect(failure.committed.subtracting(thinned).isSubset(of: Set(checkpoints(in: store))), "\(what)")
    if report.checkpoints == 0 { return 0 }
    for (number, epoch) in try SampleRecording.restored(in: store) {
      #expect(epoch == SampleRecording.epoch(number), "\(what)")
    }
    return report.checkpoints
  }
}
