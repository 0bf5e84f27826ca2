import Recording
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

/// A run that begins with what an interrupted one held at a checkpoint.
@Suite struct RunContinuationTests {
  private let folder: TemporaryFolder
  private var store: RunStore { RunStore(path: folder.path + "/.flor") }
  private static let later = RunID(secondsSince1970: 1_767_400_000, nanoseconds: 0, random: 2)

  init() throws { folder = try TemporaryFolder() }

  /// Four epochs; the process dies before the run has an end.
  private func interrupted(in store: RunStore) throws {
    let session = try SampleRecording.begin(in: store)
    SampleRecording.record(epochs: 4, in: session)
    session.becomeInert()
  }

  private func continuation(from checkpoint: Int, in store: RunStore) throws -> RunContinuation {
    let earlier = store.directory(of: SampleRecording.run)
    let text = try store.manifest(checkpoint, of: earlier).positionJSON
    let position = try JSONRecords().decode(CheckpointPosition.self, from: Array(text.utf8))
    let byteCounts: [RecordSession.File: Int] = [
      .output: position.ops, .sources: position.sources?.bytes ?? 0, .sites: position.sites?.bytes ?? 0,
    ]
    return RunContinuation(of: earlier, from: checkpoint, byteCounts: byteCounts, standardOutput: Array("epoch 1\n".utf8))
  }

  private func begin(from checkpoint: Int, in store: RunStore) throws -> RecordSession {
    try RecordSession.create(
      store: store, runID: Self.later, headerJSON: SampleJSON.header(Self.later), policy: CheckpointPolicy(overhead: .infinity),
      continuing: try continuation(from: checkpoint, in: store))
  }

  @Test func `It has the earlier checkpoints, and goes on with their numbers`() throws {
    try interrupted(in: store)
    let session = try begin(from: 3, in: store)
    for epoch in 5...6 {
      session.append(SampleRun.record("epoch \(epoch)\n"), to: .output)
      #expect(session.checkpoint(SampleRecording.epoch(epoch), execution: epoch - 1) == epoch - 1)
      session.drain()
    }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    #expect(SampleRecording.check(Self.later, in: store).findings == [])
    let restored = try SampleRecording.restored(Self.later, in: store)
    #expect(restored == Dictionary(uniqueKeysWithValues: [1, 2, 3, 5, 6].map { ($0, SampleRecording.epoch($0)) }))
    // The earlier run is what it was.
    #expect(SampleRecording.check(in: store).findings == [])
    #expect(try SampleRecording.restored(in: store).count == 4)
  }

  @Test func `A leaf that the earlier run holds is not written again`() throws {
    try interrupted(in: store)
    let session = try begin(from: 2, in: store)
    _ = session.checkpoint(SampleRecording.epoch(2), execution: 2)
    session.drain()
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    let leaves = try store.manifest(3, of: store.directory(of: Self.later)).leaves
    #expect(leaves.dropFirst().allSatisfy { $0.pack < 3 })
  }

  @Test(arguments: [ErrorNumber.noSpace, .inputOutput])
  func `Whichever call fails, the earlier run is intact and the new one sound as far as it goes`(error: ErrorNumber) throws {
    var call = 0
    var fired = true
    while fired {
      call += 1
      let store = RunStore(path: "\(folder.path)/\(call)")
      try interrupted(in: store)
      let files = FaultyFileSystem(.once(call, error))
      let faulty = RunStore(path: store.path, fileSystem: files)
      if let session = try? begin(from: 3, in: faulty) { _ = session.finish(endJSON: SampleJSON.end) }
      fired = files.fired
      #expect(SampleRecording.check(in: store).findings == [], "call \(call)")
      #expect(try SampleRecording.restored(in: store).count == 4, "call \(call)")
      let later = store.directory(of: Self.later)
      guard (try? store.fileSystem.status(of: later.header)) != nil else { continue }
      for (number, epoch) in try SampleRecording.restored(Self.later, in: store) { #expect(epoch == SampleRecording.epoch(number)) }
    }
    #expect(call > 30)
  }
}
