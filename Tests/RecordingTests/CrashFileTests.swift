import Recording
import RunModel
import RunStore
import TestSupport
import Testing

/// `crash.json` is there whole or not at all, and names the newest checkpoint.
@Suite struct CrashFileTests {
  private let sample: SampleRun

  init() throws {
    sample = try SampleRun()
    try sample.store.fileSystem.remove(sample.run.end)
  }

  @Test func `A crash is sealed and knows the newest checkpoint`() throws {
    try CrashFile(of: sample.run, in: sample.store).write(SampleJSON.crash)
    #expect(sample.check().findings == [])
    let text = String(decoding: try sample.store.fileSystem.contents(of: sample.run.crash), as: UTF8.self)
    #expect(text.contains(#""checkpoint":3"#))
  }

  @Test func `Whichever call fails, the run is as it was and the crash whole or absent`() throws {
    var call = 0
    var fired = true
    while fired {
      call += 1
      let files = FaultyFileSystem(.once(call, .noSpace))
      let store = RunStore(path: sample.store.path, fileSystem: files)
      try? CrashFile(of: sample.run, in: store).write(SampleJSON.crash)
      fired = files.fired
      #expect(sample.check().findings == [], "call \(call)")
      try? sample.store.fileSystem.remove(sample.run.crash)
    }
    #expect(call > 3)
  }
}
