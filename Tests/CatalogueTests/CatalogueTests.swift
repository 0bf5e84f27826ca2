import RunModel
import RunStore
import TestSupport
import Testing

@testable import Catalogue

@Suite struct CatalogueTests {
  private let sample: SampleRun
  private var store: RunStore { sample.store }

  init() throws { sample = try SampleRun() }

  @Test func aRunIsFoundWithItsArguments() throws {
    let query = RunQuery(conditions: [try RunCondition("epochs=3"), try RunCondition("status=finished")], keys: ["epochs"])
    let runs = try Catalogue.read(store) { try $0.runs(query) }
    #expect(runs.map(\.summary.run) == [sample.run.run.text])
    #expect(runs[0].values["epochs"]?.number == 3)
    #expect(runs[0].summary == RunSummary(of: sample.run, in: store))
  }

  @Test func aNameThatNoRunKnowsIsRefused() throws {
    #expect(throws: CatalogueError.self) {
      try Catalogue.read(store) { try $0.runs(RunQuery(order: RunOrder("-accuracy"))) }
    }
  }

  @Test func newAndRemovedRunsAreSeen() throws {
    #expect(try listed() == [sample.run.run.text])
    let later = try copy(named: "20260102-030406-00beef")
    #expect(try listed() == [later.run.text, sample.run.run.text])
    try store.fileSystem.rename(later.path, to: store.path + "/elsewhere")
    #expect(try listed() == [sample.run.run.text])
  }

  @Test func aReplayOfAnEndedRunIsSeen() throws {
    #expect(try replays() == 0)
    try store.fileSystem.makeDirectory(sample.run.replays + "/001")
    #expect(try replays() == 1)
  }

  @Test(arguments: ["", "no database at all", "SQLite format 3\u{0}and then rubbish"])
  func aDamagedCatalogueIsMadeAnew(content: String) throws {
    try sample.write(content, to: Catalogue.path(in: store))
    #expect(try listed() == [sample.run.run.text])
    #expect(try listed() == [sample.run.run.text])
  }

  @Test func aCatalogueWithADamagedPageIsMadeAnew() throws {
    _ = try listed()
    var bytes = try store.fileSystem.contents(of: Catalogue.path(in: store))
    for place in 100..<bytes.count { bytes[place] = 0xA5 }
    try store.fileSystem.writeDurably(bytes, to: Catalogue.path(in: store))
    #expect(try listed() == [sample.run.run.text])
  }

  @Test func aCatalogueOfAnotherVersionIsMadeAnew() throws {
    do {
      let other = try Database(path: Catalogue.path(in: store))
      try other.execute("CREATE TABLE run (id); PRAGMA user_version = 99")
    }
    #expect(try listed() == [sample.run.run.text])
  }

  @Test func whereNothingCanBeWrittenItIsMadeInMemory() throws {
    try store.fileSystem.makeDirectory(Catalogue.path(in: store))
    #expect(try listed() == [sample.run.run.text])
  }

  @Test func aDamagedRunHidesNoOther() throws {
    let damaged = try copy(named: "20260102-030406-00beef")
    try sample.write("{", to: damaged.header)
    let runs = try Catalogue.read(store) { try $0.runs(RunQuery()) }
    #expect(runs.map(\.summary.status) == [.unreadable, .finished])
    #expect(runs[0].summary.problem?.contains("invariant 2") == true)
  }

  private func listed() throws -> [String] { try Catalogue.read(store) { try $0.runs(RunQuery()).map(\.summary.run) } }

  private func replays() throws -> Int? { try Catalogue.read(store) { try $0.runs(RunQuery()).first?.summary.replays } }

  private func copy(named name: String) throws -> RunDirectory {
    let run = try #require(RunID(name).map(store.directory(of:)))
    let folders = [run.path, run.checkpoints, run.packs, run.replays]
    for folder in folders { try store.fileSystem.makeDirectory(folder) }
    try sample.write(RunDirectory.formatLine, to: run.format)
    try sample.write(SampleJSON.header(run.run), to: run.header)
    try sample.write(SampleJSON.end(checkpoints: 0, ops: 0), to: run.end)
    return run
  }
}
