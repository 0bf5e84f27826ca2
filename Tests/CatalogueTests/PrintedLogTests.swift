import RunModel
import RunStore
import TestSupport
import Testing

@testable import Catalogue

@Suite struct PrintedLogTests {
  private let sample: SampleRun
  private var store: RunStore { sample.store }

  init() throws {
    sample = try SampleRun()
    try store.fileSystem.writeDurably(
      SampleRun.record("epoch 0 ") + SampleRun.record("loss: 0.5\nepoch 1 loss: nan\n")
        + SampleRun.record("50% loss=1\r99% loss=2"),
      to: sample.run.output)
  }

  @Test func aRowIsALine() throws {
    let table = try PrintedLog(of: sample.run, in: store).table
    #expect(table.columns.map(\.name) == ["line", "epoch", "loss"])
    #expect(shown(table) == [["0", "0", "0.5"], ["1", "1", "nan"], ["2", "", "1.0"], ["3", "", "2.0"]])
  }

  @Test func whatIsKeptIsAColumnLikeWhatWasLogged() throws {
    #expect(try kept().rows.isEmpty)
    try PrintedLog(of: sample.run, in: store, names: ["lo*"]).keep(in: sample.run, of: store)
    #expect(try shown(kept()) == [["0", "0.5"], ["1", "nan"], ["2", "1.0"], ["3", "2.0"]])
    #expect(try Catalogue.read(store) { try $0.runs(RunQuery(conditions: [RunCondition("loss=2")])) }.count == 1)
    try PrintedLog(of: sample.run, in: store, names: ["epoch"]).keep(in: sample.run, of: store)
    #expect(try kept().names == ["epoch"])
  }

  @Test func aDamagedFileHidesNothingElse() throws {
    try sample.write("{\"name\":3}\n", to: sample.run.extracted)
    let runs = try Catalogue.read(store) { try $0.runs(RunQuery()) }
    #expect(runs.first?.summary.problem?.contains("invariant 16") == true)
    #expect(runs.first?.summary.status == .finished)
  }

  @Test(arguments: [#"{"name":3}"#, #"{"name":"a","value":"x","line":1}"#, #"{"name":"a","value":1,"line":-1}"#, "torn"])
  func theCheckerFindsWhatIsNoNumber(line: String) throws {
    try PrintedLog(of: sample.run, in: store).keep(in: sample.run, of: store)
    #expect(!sample.check().findings.contains { $0.invariant == 16 })
    try sample.write(line + (line == "torn" ? "" : "\n"), to: sample.run.extracted)
    #expect(sample.check().findings.contains { $0.invariant == 16 })
  }

  private func kept() throws -> LogTable { try Catalogue.read(store) { try $0.log(of: sample.run.run) } }

  private func shown(_ table: LogTable) -> [[String]] {
    table.rows.map { row in table.columns.map { $0.value(in: row)?.text ?? "" } }
  }
}
