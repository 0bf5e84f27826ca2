import RunModel
import RunStore
import TestSupport
import Testing

@testable import Catalogue

@Suite struct LoggedValuesTests {
  private let sample: SampleRun
  private var store: RunStore { sample.store }

  init() throws {
    sample = try SampleRun()
    try store.fileSystem.makeDirectory(sample.run.log)
  }

  @Test func aRowHasWhatWasLoggedAtOnePosition() throws {
    try put(try Self.training())
    let table = try self.table()
    #expect(table.columns.map(\.name) == ["epoch", "epoch_value", "step", "rate", "loss", "note", "accuracy"])
    let rows = shown(table)
    #expect(
      rows == [
        ["", "", "", "7", "", "", ""],
        ["0", "1", "0", "", "0.5", "first", ""],
        ["0", "1", "1", "", "0.25", "", ""],
        ["0", "1", "", "", "", "", "nan"],
        ["1", "2", "0", "", "0.125", "", ""],
        ["1", "2", "1", "", "0.0625", "", ""],
        ["1", "2", "", "", "", "", "0.75"],
      ])
  }

  @Test func aNameIsFoundByPatternAndAMissingOneIsRefused() throws {
    try put(try Self.training())
    #expect(try table(["l*"]).names == ["loss"])
    #expect(try table(["acc*", "rate"]).names == ["rate", "accuracy"])
    #expect(throws: CatalogueError.self) { try table(["speed"]) }
  }

  @Test func hindsightLiesInTheSameRowsAndIsMarked() throws {
    try put(try Self.training())
    try putHindsight(replay: 1, norms: [0: 10, 1: 11])
    let table = try self.table(["accuracy", "norm"])
    #expect(shown(table) == [["0", "1", "nan", "10.0"], ["1", "2", "0.75", "11.0"]])
    #expect(table.rows.map(\.hindsightNames) == [["norm"], ["norm"]])
  }

  @Test func ofReplaysTheLatestCountsAtEachPosition() throws {
    try put(try Self.training())
    try putHindsight(replay: 1, norms: [0: 10, 1: 11])
    try putHindsight(replay: 2, norms: [1: 21])
    #expect(try shown(table(["norm"])) == [["0", "1", "10.0"], ["1", "2", "21.0"]])
    let query = RunQuery(keys: ["norm"])
    #expect(try Catalogue.read(store) { try $0.runs(query) }.first?.values["norm"]?.number == 21)
  }

  @Test func hindsightAloneGoesWhereItsPositionIs() throws {
    var log = SampleLog()
    for number in 0..<3 {
      let epoch = log.iteration(Int64(number), of: "epoch")
      log.log("loss", Double(number), at: epoch, microseconds: UInt32(number))
    }
    try put(log)
    var hindsight = SampleLog(isReplay: true, nanoseconds: SampleLog.began * 2)
    let epoch = hindsight.iteration(1, of: "epoch")
    let step = hindsight.iteration(0, of: "step", in: epoch)
    hindsight.log("gradient", 5.5, at: step, microseconds: 9)
    try put(hindsight, replay: 1)
    #expect(
      try shown(self.table()) == [["0", "", "0.0", ""], ["1", "0", "", "5.5"], ["1", "", "1.0", ""], ["2", "", "2.0", ""]])
  }

  @Test func whatComesAgainAtOnePositionHasARowOfItsOwn() throws {
    var log = SampleLog()
    let epoch = log.iteration(0, of: "epoch")
    for place in 0..<3 { log.log("loss", Double(place), at: epoch, microseconds: UInt32(place), step: place == 2 ? 40 : nil) }
    try put(log)
    #expect(try shown(self.table()) == [["0", "", "0.0"], ["0", "", "1.0"], ["0", "40", "2.0"]])
  }

  @Test func theFilesOfSeveralProcessesAreOneLog() throws {
    for (process, start) in [(1, 1000), (2, 0)] {
      var log = SampleLog()
      for place in 0..<2 { log.log("loss", Int64(start + place), microseconds: UInt32(start + place)) }
      try put(log, process: process)
    }
    #expect(try shown(table()) == [["0"], ["1"], ["1000"], ["1001"]])
  }

  @Test func whatGrowsIsReadAgain() throws {
    var log = SampleLog()
    log.log("loss", Int64(1), microseconds: 1)
    try put(log)
    #expect(try shown(self.table()) == [["1"]])
    log.log("loss", "two", microseconds: 2)
    try put(log)
    #expect(try shown(self.table()) == [["1"], ["two"]])
  }

  @Test func aTornTailIsLeftOut() throws {
    var log = SampleLog()
    log.log("loss", Int64(1), microseconds: 1)
    try store.fileSystem.writeDurably(log.file() + Array("FBLK torn".utf8), to: Self.path(sample.run.log))
    #expect(try shown(self.table()) == [["1"]])
  }

  @Test func runsAreFoundByWhatTheyLoggedLast() throws {
    try put(try Self.training())
    for (condition, isFound) in [("accuracy>=0.75", true), ("loss<0.06", false), ("rate=7", true), ("logged:loss=0.0625", true)] {
      let runs = try Catalogue.read(store) { try $0.runs(RunQuery(conditions: [RunCondition(condition)])) }
      #expect(runs.isEmpty != isFound, "\(condition)")
    }
  }

  @Test(arguments: [
    LoggedValue.none, .bool(true), .integer(.max), .integer(-3), .number(.nan), .number(-.infinity), .number(0.1), .number(5e-324),
    .text("a\"b\\c\n\u{1}é"), .largeInteger("123456789012345678901234567890"), .other(type: "m.T", text: "T(1)"),
    .blob(LoggedBlob(hash: ContentHash(high: 1, low: 2), byteCount: 24, kind: .image, itemType: "uint8", dimensions: [2, 4, 3])),
  ])
  func everyValueSurvivesAMixedColumn(value: LoggedValue) throws {
    var column = ValueColumn()
    for one in [.text("x"), value, .none] { column.append(one) }
    let read = try #require(column.bytes.withUnsafeBytes { ValueColumn(kind: .mixed, bytes: $0) })
    #expect(read.count == 3)
    #expect("\(read[1])" == "\(value)")
  }

  @Test func integersBecomeNumbersWhereNothingIsLost() {
    var column = ValueColumn()
    for value in [LoggedValue.integer(1), .number(0.5), .integer(2)] { column.append(value) }
    #expect(column.kind == .number)
    column.append(.integer(.max))
    #expect(column.kind == .mixed)
    #expect((0..<4).map { column[$0] } == [.number(1), .number(0.5), .number(2), .integer(.max)])
  }

  /// Two epochs of two steps, and an argument.
  private static func training() throws -> SampleLog {
    var log = SampleLog()
    log.log("rate", Int64(7), microseconds: 0, isArgument: true)
    var (loss, clock) = (0.5, UInt32(1))
    for epoch in 0..<2 {
      let outer = log.iteration(Int64(epoch), of: "epoch", item: Int64(epoch + 1))
      for step in 0..<2 {
        let inner = log.iteration(Int64(step), of: "step", in: outer, item: Int64(step))
        log.log("loss", loss, at: inner, microseconds: clock)
        if epoch + step == 0 { log.log("note", "first", at: inner, microseconds: clock) }
        (loss, clock) = (loss / 2, clock + 1)
      }
      log.log("accuracy", epoch == 0 ? .nan : 0.75, at: outer, microseconds: clock)
      clock += 1
    }
    return log
  }

  private func putHindsight(replay: Int, norms: [Int64: Double]) throws {
    var log = SampleLog(isReplay: true, nanoseconds: SampleLog.began + Int64(replay) * 1_000_000_000)
    for (epoch, norm) in norms.sorted(by: { $0.key < $1.key }) {
      let position = log.iteration(epoch, of: "epoch", item: epoch + 1)
      log.log("norm", norm, at: position, microseconds: UInt32(epoch))
    }
    try put(log, replay: replay)
  }

  private func put(_ log: SampleLog, replay: Int? = nil, process: Int = 1) throws {
    var (log, folder) = (log, sample.run.log)
    if let replay {
      let parent = "\(sample.run.replays)/00\(replay)"
      folder = parent + "/log"
      for path in [parent, folder] { try store.fileSystem.makeDirectory(path) }
    }
    try store.fileSystem.writeDurably(log.file(), to: Self.path(folder, process))
  }

  private static func path(_ folder: String, _ process: Int = 1) -> String { "\(folder)/000000000000000\(process)-7.values" }

  private func table(_ names: [String] = []) throws -> LogTable {
    try Catalogue.read(store) { try $0.log(of: sample.run.run, names: names) }
  }

  private func shown(_ table: LogTable) -> [[String]] {
    table.rows.map { row in table.columns.map { $0.value(in: row)?.text ?? "" } }
  }
}
