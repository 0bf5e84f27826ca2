import RunModel
import RunStore
import TestSupport
import Testing

@testable import Recording

@Suite struct ThinningTests {
  @Test func `What is left is spread over the whole run`() {
    var thinning = Thinning()
    for number in 1...200 {
      thinning.add(.init(number: number, atSeconds: Double(number), packs: [number]), packByteCount: 10)
      while thinning.byteCount > 200 {
        guard let next = thinning.next() else { break }
        #expect(thinning.remove(next) == [next.number])
      }
    }
    let left = thinning.checkpoints.map(\.number)
    #expect(left.count == 20)
    #expect(left.suffix(Thinning.newestKept) == [197, 198, 199, 200])
    // Sixteen of them are spread over two hundred seconds: twice the best that is possible, since what is gone cannot come back.
    let stretches = zip([0] + left, left).map { $1 - $0 }
    #expect(stretches.max() ?? 0 <= 25, "\(left)")
  }

  @Test func `Of a loop and the one around it the inner one goes`() {
    var thinning = Thinning()
    for epoch in 0..<10 {
      thinning.add(.init(number: 2 * epoch + 1, atSeconds: Double(epoch) + 0.99, packs: [2 * epoch + 1]), packByteCount: 1)
      thinning.add(.init(number: 2 * epoch + 2, atSeconds: Double(epoch) + 1, packs: [2 * epoch + 2]), packByteCount: 1)
    }
    for _ in 0..<8 {
      guard let next = thinning.next() else { break }
      _ = thinning.remove(next)
    }
    #expect(thinning.checkpoints.prefix(8).allSatisfy { $0.number.isMultiple(of: 2) })
  }

  @Test func `A pack that another checkpoint needs stays`() {
    var thinning = Thinning()
    for number in 1...6 {
      thinning.add(.init(number: number, atSeconds: Double(number), packs: [1, number]), packByteCount: number == 1 ? 1000 : 1)
    }
    var freed: [Int] = []
    while let next = thinning.next() { freed += thinning.remove(next) }
    #expect(!freed.contains(1))
    #expect(thinning.checkpoints.count == Thinning.newestKept)
    #expect(thinning.byteCount == 1000 + 4)
  }
}

@Suite struct DiskLimitTests {
  private let folder: TemporaryFolder
  private let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
  }

  private func record(_ epochs: Int, within byteCount: Int, _ files: any FileSystem = PosixFileSystem()) throws -> [String] {
    let session = try SampleRecording.begin(in: RunStore(path: store.path, fileSystem: files), diskLimit: byteCount)
    SampleRecording.record(epochs: epochs, in: session)
    return session.finish(endJSON: SampleJSON.end)
  }

  @Test func `The packs of a run stay within the limit, and what is left is sound`() throws {
    #expect(try record(30, within: 30_000) == [])
    let run = store.directory(of: SampleRecording.run)
    let packs = try store.fileSystem.names(in: run.packs)
    let byteCounts = try packs.map { try store.fileSystem.status(of: "\(run.packs)/\($0)").byteCount }
    #expect(byteCounts.reduce(0, +) <= 30_000)
    let report = SampleRecording.check(in: store)
    #expect(report.findings == [])
    #expect(report.leavings == [])
    #expect((4..<30).contains(report.checkpoints))
    let restored = try SampleRecording.restored(in: store)
    #expect(restored.allSatisfy { $1 == SampleRecording.epoch($0) })
    #expect(restored[30] != nil)
    #expect(try store.thinnedCheckpoints(of: run).count == 30 - report.checkpoints)
  }

  @Test func `A limit that is too small for one checkpoint is said once, and nothing is lost`() throws {
    let problems = try record(5, within: 1000)
    #expect(problems.count == 1)
    #expect(problems.first?.contains("--max-disk") == true)
    #expect(SampleRecording.check(in: store).findings == [])
  }

  @Test(arguments: [ErrorNumber.inputOutput, .noSpace], [true, false])
  func `Whichever call fails while checkpoints are thinned out, the run is sound`(error: ErrorNumber, lasting: Bool) throws {
    let counter = FaultyFileSystem(.none)
    _ = try record(12, within: 20_000, counter)
    let calls = counter.calls
    for call in stride(from: 1, through: calls, by: 7) {
      let store = RunStore(path: "\(folder.path)/\(call)")
      let files = FaultyFileSystem(lasting ? .fromThenOn(call, error) : .once(call, error))
      guard
        let session = try? SampleRecording.begin(in: RunStore(path: store.path, fileSystem: files), diskLimit: 20_000)
      else { continue }
      SampleRecording.record(epochs: 12, in: session)
      _ = session.finish(endJSON: SampleJSON.end)
      #expect(SampleRecording.check(in: store).findings == [], "call \(call)")
      #expect(try SampleRecording.restored(in: store).allSatisfy { $1 == SampleRecording.epoch($0) }, "call \(call)")
    }
  }
}
