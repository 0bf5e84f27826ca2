import Glibc
import Recording
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

@Suite struct RecordSessionTests {
  private let folder: TemporaryFolder
  private let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
  }

  private var run: RunDirectory { store.directory(of: SampleRecording.run) }

  private func end() throws -> RunEnd {
    try JSONRecords().decode(RunEnd.self, from: try store.fileSystem.contents(of: run.end))
  }

  @Test func `What was recorded is sound and restores to what it was`() throws {
    let session = try SampleRecording.begin(in: store)
    #expect(SampleRecording.record(epochs: 3, in: session) == [1, 2, 3])
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    #expect(SampleRecording.check(in: store).findings == [])
    #expect(SampleRecording.check(in: store).leavings == [])
    let restored = try SampleRecording.restored(in: store)
    #expect(restored == [1: SampleRecording.epoch(1), 2: SampleRecording.epoch(2), 3: SampleRecording.epoch(3)])
    #expect(try end().checkpoints == 3)
    #expect(try end().ops == store.fileSystem.contents(of: run.output).count)
  }

  @Test func `Invariant 3: a manifest gets its name after all that it counts on is durable`() throws {
    let files = FaultyFileSystem(.none)
    let session = try SampleRecording.begin(in: RunStore(path: store.path, fileSystem: files))
    let begun = files.events.count
    SampleRecording.record(epochs: 1, in: session)
    let events = files.events[begun...]
    let named = try #require(events.firstIndex(of: .renamed(to: run.manifest(1))))
    let source = run.source(ContentHash(of: SampleRecording.source))
    for path in [
      run.output, run.sourceIndex, run.sites, source, run.sources, run.pack(1), run.packs, run.manifest(1) + ".tmp",
    ] {
      #expect(events[..<named].contains(.synchronized(path)), "\(path)")
    }
    // The name itself too, before anybody is told.
    #expect(events[named...].contains(.synchronized(run.checkpoints)))
    _ = session.finish(endJSON: SampleJSON.end)
  }

  @Test func `A leaf that did not change is not written again`() throws {
    let session = try SampleRecording.begin(in: store)
    SampleRecording.record(epochs: 2, in: session)
    _ = session.finish(endJSON: SampleJSON.end)
    let leaves = try store.manifest(2, of: run).leaves
    #expect(leaves.map(\.pack) == [2, 1, 2])
    #expect(try store.fileSystem.status(of: run.pack(2)).byteCount < 2200)
    #expect(try store.manifest(2, of: run).ownByteCount(number: 2) == 2000 + SampleRecording.epoch(2).graph.count)
  }

  @Test func `Equal leaves of one checkpoint are written once`() throws {
    let session = try SampleRecording.begin(in: store)
    let leaf = [UInt8](repeating: 5, count: 9000)
    let twins = SampleRecording.Epoch(graph: SamplePickle.graph(), leaves: [leaf, leaf, leaf])
    #expect(session.checkpoint(twins, execution: 0) == 1)
    _ = session.finish(endJSON: SampleJSON.end)
    #expect(try store.fileSystem.status(of: run.pack(1)).byteCount < 9100)
    #expect(try SampleRecording.restored(in: store) == [1: twins])
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test func `A state with nothing new needs no pack`() throws {
    let session = try SampleRecording.begin(in: store)
    for execution in 0..<2 {
      _ = session.checkpoint(SampleRecording.epoch(1), execution: execution)
      session.drain()
    }
    _ = session.finish(endJSON: SampleJSON.end)
    #expect(try store.fileSystem.names(in: run.packs) == ["000001"])
    #expect(try SampleRecording.restored(in: store)[2] == SampleRecording.epoch(1))
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test func `Empty leaves are leaves`() throws {
    let session = try SampleRecording.begin(in: store)
    let state = SampleRecording.Epoch(graph: SamplePickle.graph(), leaves: [[], [2], []])
    _ = session.checkpoint(state, execution: 0)
    _ = session.finish(endJSON: SampleJSON.end)
    #expect(try SampleRecording.restored(in: store) == [1: state])
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test func `Whatever keeps the writer busy, every number that was given out is committed`() throws {
    let session = try SampleRecording.begin(in: store)
    let numbers = (1...50).compactMap { session.checkpoint(SampleRecording.epoch($0), execution: $0 - 1) }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    #expect(numbers == Array(1...numbers.count))
    #expect(try store.checkpoints(of: run) == numbers)
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test func `Two sessions share a store without meeting`() throws {
    let other = try SampleRecording.begin(SampleRecording.earlierRun, in: store)
    let session = try SampleRecording.begin(in: store)
    SampleRecording.record(epochs: 1, in: session)
    SampleRecording.record(epochs: 2, in: other)
    #expect(try RunLock.isHeld(run.lock))
    _ = session.finish(endJSON: SampleJSON.end)
    #expect(try !RunLock.isHeld(run.lock))
    #expect(try RunLock.isHeld(store.directory(of: SampleRecording.earlierRun).lock))
    _ = other.finish(endJSON: SampleJSON.end)
    #expect(try SampleRecording.restored(SampleRecording.earlierRun, in: store).count == 2)
    #expect(try SampleRecording.restored(in: store).count == 1)
    #expect(try store.runIDs() == [SampleRecording.earlierRun, SampleRecording.run])
  }

  @Test func `A run's name is given once`() throws {
    let session = try SampleRecording.begin(in: store)
    #expect(throws: StoreError.self) { try SampleRecording.begin(in: store) }
    _ = session.finish(endJSON: SampleJSON.end)
  }

  @Test func `An inert session does nothing at all`() throws {
    let session = try SampleRecording.begin(in: store)
    SampleRecording.record(epochs: 1, in: session)
    let files = try store.fileSystem.contents(of: run.output)
    session.becomeInert()
    #expect(session.checkpoint(SampleRecording.epoch(2), execution: 1) == nil)
    session.append(SampleRun.record("lost"), to: .output)
    #expect(session.considers(site: 1, seconds: 100) == .skip(.stopped))
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    #expect(try store.fileSystem.contents(of: run.output) == files)
    #expect(throws: StoreError.self) { try end() }
  }

  @Test func `A forked child ends at once and leaves the run to its parent`() async throws {
    await #expect(processExitsWith: .success) { [path = store.path as String] in
      let session = try SampleRecording.begin(in: RunStore(path: path))
      // Dispatch has threads by then, which the child has not.
      SampleRecording.record(epochs: 1, in: session)
      let child = fork()
      if child == 0 {
        session.becomeInert()
        session.drain()
        SampleRecording.record(epochs: 1, in: session)
        _exit(session.finish(endJSON: SampleJSON.end).isEmpty ? 0 : 1)
      }
      var status: Int32 = 0
      waitpid(child, &status, 0)
      guard status == 0, try RunLock.isHeld(session.run.lock) else { _exit(2) }
      SampleRecording.record(epochs: 1, from: 2, in: session)
      _exit(session.finish(endJSON: SampleJSON.end).isEmpty ? 0 : 3)
    }
    #expect(try store.checkpoints(of: run) == [1, 2])
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test func `What the script is told it lost includes the wait at the end`() throws {
    let session = try SampleRecording.begin(in: store)
    session.charge(site: 1, seconds: 0.25, tookCheckpoint: true)
    _ = session.finish(endJSON: SampleJSON.end)
    #expect(try end().lostSeconds > 0.25)
    #expect(session.statistics()[1]?.lostSeconds == 0.25)
  }

  @Test func `What the writer took is told of what was lost`() throws {
    let session = try SampleRecording.begin(in: store)
    session.charge(site: 1, seconds: 0.25, tookCheckpoint: false)
    SampleRecording.record(epochs: 2, in: session)
    _ = session.finish(endJSON: SampleJSON.end)
    let (lost, slowed) = (try end().lostSeconds, try #require(try end().slowedSeconds))
    #expect(slowed >= 0 && slowed <= lost - 0.25)
  }

  @Test func `Sentences with quotes and line feeds survive into the end`() throws {
    let session = try SampleRecording.begin(in: store)
    session.note(problem: "a \"quoted\" \\ thing\nin two lines: é")
    _ = session.finish(endJSON: "{\n  \"status\": \"failed\", \"exit\": 3, \"ended\": \"x\", \"seconds\": 1\n}")
    #expect(try end().problems == ["a \"quoted\" \\ thing\nin two lines: é"])
    #expect(try end().exit == 3)
  }
}
