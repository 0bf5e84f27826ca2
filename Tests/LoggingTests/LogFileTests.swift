import CLogRing
import Logging
import RunModel
import RunStore
import TestSupport
import Testing

@Suite(.serialized) struct LogFileTests {
  @Test func `Every kind of value is read as it was logged`() throws {
    let values: [LoggedValue] = [
      .none, .bool(true), .bool(false), .integer(.min), .integer(-1), .number(0.1), .number(.infinity), .number(-0.0), .text(""),
      .text("Wörter"), .text(String(repeating: "x", count: 32768)), .largeInteger("-123456789012345678901234567890"),
      .other(type: "builtins.dict", text: "{'a': 1}"), .other(type: "", text: ""),
    ]
    let run = try LoggedRun { _, _ in for value in values { log("v", value) } }
    #expect(try run.entries().map(\.value) == values)
    #expect(run.sample.check().findings == [])
  }

  @Test func `A NaN keeps its bits`() throws {
    let bits: UInt64 = 0x7FF8_0000_0000_1234
    let run = try LoggedRun { _, _ in log("v", .number(Double(bitPattern: bits))) }
    guard case .number(let value) = try run.entries()[0].value else { throw ErrorNumber.inputOutput }
    #expect(value.bitPattern == bits)
  }

  @Test func `Steps go up, down and back`() throws {
    let steps: [Int64?] = [5, nil, 3, .min, .max, 3]
    let run = try LoggedRun { _, _ in for step in steps { log("v", .none, step: step) } }
    #expect(try run.entries().map(\.step) == steps)
  }

  @Test func `A value is where the program is, also after loops and in loops side by side`() throws {
    let run = try LoggedRun { _, _ in
      log("v", .none)
      let epoch = log_loop_begin("epoch", 5)
      for index in 0..<2 {
        log_loop_next(epoch, Int64(index), Int32(LOG_NONE), nil, 0)
        let step = log_loop_begin("step", 4)
        log_loop_next(step, 7, Int32(LOG_NONE), nil, 0)
        log("v", .none)
        log("v", .none)
        log_loop_end(step)
        log("v", .none)
      }
      let side = log_loop_begin("side", 4)
      for index in 0..<2 {
        log_loop_next(epoch, Int64(10 + index), Int32(LOG_NONE), nil, 0)
        log_loop_next(side, Int64(20 + index), Int32(LOG_NONE), nil, 0)
        log("v", .none)
      }
      log_loop_end(epoch)
      log_loop_next(side, -1, Int32(LOG_NONE), nil, 0)
      log("v", .none)
      log_loop_end(side)
      log("v", .none)
    }
    #expect(
      try run.entries().map(\.position) == [
        "", "epoch 0 > step 7", "epoch 0 > step 7", "epoch 0", "epoch 1 > step 7", "epoch 1 > step 7", "epoch 1",
        "epoch 10 > side 20", "epoch 11 > side 21", "side ?", "",
      ])
  }

  @Test func `More than the ring holds arrives whole and in order`() throws {
    let count = 3 * Int(LOG_RING_BYTES) / 24
    let run = try LoggedRun { _, _ in
      for number in 0..<count {
        log(number % 1000 == 0 ? "name \(number)" : "v", .integer(Int64(number)), step: number % 7 == 0 ? 1 : nil)
      }
    }
    let entries = try run.entries()
    #expect(entries.count == count)
    #expect(entries.enumerated().allSatisfy { $0.element.value == .integer(Int64($0.offset)) })
  }

  @Test func `After a flush the values are in the file`() throws {
    var counts: [Int] = []
    _ = try LoggedRun { writer, run in
      for number in 0..<3 {
        log("v", .integer(Int64(number)))
        writer.flush()
        counts.append(try run.entries().count)
      }
    }
    #expect(counts == [1, 2, 3])
  }

  @Test func `A reader goes on where the file has grown`() throws {
    let run = try LoggedRun { _, _ in
      log("one", .integer(1))
      logArray("two", [1, 2, 3])
    }
    var found: [String] = []
    var decoder = LogDecoder()
    let bytes = try run.bytes()
    for end in [30, 100, bytes.count] {
      try bytes[decoder.byteCount..<end].withUnsafeBytes { bytes in
        _ = try decoder.decode(bytes) { entry, decoder in found.append(decoder.names[entry.name]) }
      }
    }
    #expect(found == ["one", "two"])
    #expect(decoder.byteCount == bytes.count)
  }

  @Test func `A file that is cut anywhere reads back what lies before, and never fails`() throws {
    let run = try LoggedRun { writer, _ in
      for number in 0..<4 {
        log("v", .integer(Int64(number)))
        writer.flush()
      }
    }
    let bytes = try run.bytes()
    let whole = try run.entries()
    var counts: Set<Int> = []
    for end in 0...bytes.count {
      var decoder = LogDecoder()
      var found: [Logged] = []
      let ending = try bytes[..<end].withUnsafeBytes { try decoder.decode($0) { found.append(Logged($0, $1)) } }
      #expect(found == Array(whole.prefix(found.count)))
      #expect((ending == .whole) == (decoder.byteCount == end && end >= 8))
      counts.insert(found.count)
    }
    #expect(counts == [0, 1, 2, 3, 4])
  }

  @Test func `A flipped bit anywhere is found`() throws {
    let run = try LoggedRun { writer, _ in
      log("v", .integer(1))
      writer.flush()
      log("v", .integer(2))
    }
    let bytes = try run.bytes()
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      try run.write(changed)
      let report = run.sample.check()
      #expect(report.findings.contains { $0.invariant == 101 } || !report.leavings.isEmpty, "byte \(place)")
    }
  }

  @Test func `Invariant 104: a blob that is missing or changed is one finding`() throws {
    let run = try LoggedRun { _, _ in
      logArray("a", [1, 2, 3])
      logArray("b", [1, 2, 3])
      logArray("c", [])
    }
    #expect(run.sample.check().findings == [])
    guard case .blob(let blob) = try run.entries()[0].value else { throw ErrorNumber.inputOutput }
    let path = run.sample.run.blob(blob.hash)
    try run.sample.store.fileSystem.remove(path)
    #expect(run.sample.check().findings.map(\.invariant) == [104])
    try run.sample.store.fileSystem.writeWhole([1, 2, 4], to: path, synchronized: false)
    #expect(run.sample.check().findings.map(\.invariant) == [104])
  }

  @Test func `Blobs of more than what may wait are all written`() throws {
    let run = try LoggedRun { _, _ in
      for number in 0..<30 { logArray("big", [UInt8](repeating: UInt8(number), count: 9 << 20)) }
    }
    #expect(try run.entries().count == 30)
    #expect(run.sample.check().findings == [])
  }
}
