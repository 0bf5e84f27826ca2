import CXXHash
public import RunModel

/// Reads a log file (docs/logging.md), block by block; goes on where the file has grown since.
public struct LogDecoder: Sendable {
  /// Where and why the whole blocks of a file end.
  public enum Ending: Hashable, Sendable {
    case whole
    /// So many bytes behind the last whole block are none, for the reason.
    case torn(byteCount: Int, reason: String)
  }

  public private(set) var process: LogProcess?
  /// `names[n]` is the name of number n; `names[0]` is nobody's.
  public private(set) var names = [""]
  /// `positions[n]` likewise.
  public private(set) var positions = [LoggedIteration(outer: 0, loop: "", iteration: nil, item: .none)]
  /// Of the file, up to the end of the last whole block that was read.
  public private(set) var byteCount = 0
  private var clock: Int64 = 0

  public static let magic = Array("florlog1".utf8)
  static let blockMagic = Array("FBLK".utf8)
  static let blockHeadBytes = 16
  static let maximumBlockBytes = 16 << 20

  public init() {}

  /// Reads what comes after `byteCount` in the file: `bytes`. Calls `body` with each value, in the file's order, and with
  /// this decoder, which knows the names and positions up to there.
  public mutating func decode(
    _ bytes: UnsafeRawBufferPointer, _ body: (borrowing LogEntry, borrowing LogDecoder) throws -> Void
  ) throws -> Ending {
    var place = 0
    if byteCount == 0 {
      guard bytes.count >= Self.magic.count else {
        return .torn(byteCount: bytes.count, reason: "it is shorter than its beginning")
      }
      guard bytes.prefix(Self.magic.count).elementsEqual(Self.magic) else {
        throw LogFault(101, 0, "there is no `florlog1`")
      }
      place = Self.magic.count
      byteCount = place
    }
    while place < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
      guard let payload = Self.payload(rest) else { return .torn(byteCount: rest.count, reason: "no whole block begins there") }
      try decode(records: payload, body)
      place += Self.blockHeadBytes + payload.count
      byteCount += Self.blockHeadBytes + payload.count
    }
    return .whole
  }

  /// Of the block at the beginning of `bytes`; nil where none is whole.
  private static func payload(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard bytes.count >= blockHeadBytes, bytes.prefix(4).elementsEqual(blockMagic) else { return nil }
    let count = Int(bytes.number(at: 4, as: UInt32.self))
    guard count > 0, count % 8 == 0, count <= maximumBlockBytes, count <= bytes.count - blockHeadBytes else { return nil }
    let payload = UnsafeRawBufferPointer(rebasing: bytes[blockHeadBytes..<blockHeadBytes + count])
    return florpy_hash64(payload.baseAddress, payload.count) == bytes.number(at: 8, as: UInt64.self) ? payload : nil
  }

  /// Whether a whole block lies anywhere in `bytes`.
  static func hasWholeBlock(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    var rest = bytes
    while let place = rest.firstIndex(of: blockMagic[0]) {
      rest = rest[place...]
      if payload(UnsafeRawBufferPointer(rebasing: rest)) != nil { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  private mutating func decode(
    records: UnsafeRawBufferPointer, _ body: (borrowing LogEntry, borrowing LogDecoder) throws -> Void
  ) throws {
    var place = 0
    while place < records.count {
      let byteCount = Int(records.number(at: place + 2, as: UInt16.self)) * 8
      guard byteCount >= 8, byteCount <= records.count - place else { throw fault(102, "a record is longer than its block") }
      let record = LogRecord(bytes: UnsafeRawBufferPointer(rebasing: records[place..<place + byteCount]))
      try decode(record, body)
      place += byteCount
    }
  }

  private mutating func decode(_ record: LogRecord, _ body: (borrowing LogEntry, borrowing LogDecoder) throws -> Void) throws {
    guard let kind = record.kind else { throw fault(102, "a record is of no known kind") }
    guard (kind == .process) == (process == nil) else {
      throw fault(102, "the first record, and no other, is that of the process")
    }
    guard record.isLongEnough(for: kind) else { throw fault(102, "a record is shorter than its kind") }
    switch kind {
    case .process:
      let isReplay = record.number == 1
      clock = record.bytes.number(at: 8, as: Int64.self)
      let (pid, parent) = (record.bytes.number(at: 16, as: UInt32.self), record.bytes.number(at: 20, as: UInt32.self))
      process = LogProcess(pid: Int(pid), parent: Int(parent), nanoseconds: clock, isReplay: isReplay)
    case .time:
      clock = record.bytes.number(at: 8, as: Int64.self)
    case .name:
      guard record.number == names.count else { throw fault(103, "a name has the number \(record.number), not \(names.count)") }
      names.append(try text(record, at: 8))
    case .position:
      guard record.number == positions.count else {
        throw fault(103, "a position has the number \(record.number), not \(positions.count)")
      }
      positions.append(try iteration(record))
    case .value:
      try body(try entry(record), self)
    }
  }

  private func iteration(_ record: LogRecord) throws(LogFault) -> LoggedIteration {
    let outer = Int(record.bytes.number(at: 8, as: UInt32.self))
    let name = Int(record.bytes.number(at: 12, as: UInt32.self))
    guard outer < positions.count, name > 0, name < names.count else {
      throw fault(103, "a position refers to what is not defined")
    }
    let iteration = Int(record.bytes.number(at: 16, as: Int64.self))
    return LoggedIteration(
      outer: outer, loop: names[name], iteration: iteration < 0 ? nil : iteration, item: try value(record, at: 24))
  }

  private func entry(_ record: LogRecord) throws(LogFault) -> LogEntry {
    let position = Int(record.bytes.number(at: 8, as: UInt32.self))
    guard record.number > 0, record.number < names.count, position < positions.count else {
      throw fault(103, "a value refers to what is not defined")
    }
    let elapsed = Int64(record.bytes.number(at: 12, as: UInt32.self)) * 1000
    var place = 16
    var step: Int64?
    if record.hasStep {
      guard record.bytes.count >= place + 8 else { throw fault(102, "a record is shorter than its kind") }
      step = record.bytes.number(at: place, as: Int64.self)
      place += 8
    }
    let value = try value(record, at: place)
    var nanoseconds = clock + elapsed
    // A blob may lie behind a `time` record that is later than it is.
    if case .blob = value { nanoseconds = record.bytes.number(at: place + 24, as: Int64.self) }
    return LogEntry(
      name: record.number, position: position, nanoseconds: nanoseconds, step: step, isArgument: record.isArgument, value: value)
  }

  private func value(_ record: LogRecord, at place: Int) throws(LogFault) -> LoggedValue {
    let bytes = record.bytes
    guard record.type == 0 || bytes.count >= place + 8 else { throw fault(102, "a record is shorter than its value") }
    switch record.type {
    case 0: return .none
    case 1: return .bool(bytes.number(at: place, as: UInt64.self) != 0)
    case 2: return .integer(bytes.number(at: place, as: Int64.self))
    case 3: return .number(Double(bitPattern: bytes.number(at: place, as: UInt64.self)))
    case 4: return .text(try text(record, at: place))
    case 5: return .largeInteger(try text(record, at: place))
    case 6:
      let type = Int(bytes.number(at: place, as: UInt32.self))
      let count = Int(bytes.number(at: place + 4, as: UInt32.self))
      return .other(
        type: try text(record, from: place + 8, byteCount: type), text: try text(record, from: place + 8 + type, byteCount: count))
    case 7: return .blob(try blob(record, at: place))
    default: throw fault(102, "a value is of no known type")
    }
  }

  private func blob(_ record: LogRecord, at place: Int) throws(LogFault) -> LoggedBlob {
    let bytes = record.bytes
    guard bytes.count >= place + 40, let kind = LoggedBlob.Kind(rawValue: bytes[place + 32]) else {
      throw fault(102, "a blob is of no known kind")
    }
    let names = place + 40 + Int(bytes[place + 33]) * 8
    guard names <= bytes.count else { throw fault(102, "a blob has more dimensions than its record has room for") }
    let hash = ContentHash(high: bytes.number(at: place, as: UInt64.self), low: bytes.number(at: place + 8, as: UInt64.self))
    return LoggedBlob(
      hash: hash, byteCount: Int(truncatingIfNeeded: bytes.number(at: place + 16, as: UInt64.self)), kind: kind,
      itemType: try text(record, from: names, byteCount: Int(bytes.number(at: place + 34, as: UInt16.self))),
      dimensions: stride(from: place + 40, to: names, by: 8).map { Int(truncatingIfNeeded: bytes.number(at: $0, as: UInt64.self)) })
  }

  /// Four bytes of length, and the text.
  private func text(_ record: LogRecord, at place: Int) throws(LogFault) -> String {
    guard record.bytes.count >= place + 4 else { throw fault(106, "a text lies outside of its record") }
    return try text(record, from: place + 4, byteCount: Int(record.bytes.number(at: place, as: UInt32.self)))
  }

  private func text(_ record: LogRecord, from place: Int, byteCount: Int) throws(LogFault) -> String {
    guard place <= record.bytes.count, byteCount <= record.bytes.count - place else {
      throw fault(106, "a text lies outside of its record")
    }
    // Lone surrogates, which Python's texts may have, become U+FFFD.
    return String(decoding: record.bytes[place..<place + byteCount], as: UTF8.self)
  }

  private func fault(_ invariant: Int, _ what: String) -> LogFault { LogFault(invariant, byteCount, what) }
}

/// What in a log file does not hold, though its checksums do.
public struct LogFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Of docs/logging.md.
  public let invariant: Int
  /// Where the block begins in the file.
  public let offset: Int
  public let message: String

  init(_ invariant: Int, _ offset: Int, _ message: String) {
    self.invariant = invariant
    self.offset = offset
    self.message = message
  }

  public var description: String { "in the block at byte \(offset), \(message)" }
}

/// One record, its head included.
private struct LogRecord {
  enum Kind: UInt8 {
    case process = 1
    case time, name, position, value
  }

  let bytes: UnsafeRawBufferPointer

  var kind: Kind? { Kind(rawValue: bytes[0]) }
  var type: UInt8 { bytes[1] & 0x3F }
  var hasStep: Bool { bytes[1] & 0x40 != 0 }
  var isArgument: Bool { bytes[1] & 0x80 != 0 }
  var number: Int { Int(bytes.number(at: 4, as: UInt32.self)) }

  func isLongEnough(for kind: Kind) -> Bool {
    switch kind {
    case .process, .position: bytes.count >= 24
    case .time, .name, .value: bytes.count >= 16
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The format is little-endian, as are all machines that florpy runs on.
  fileprivate func number<Number: FixedWidthInteger>(at place: Int, as type: Number.Type) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: place, as: type))
  }
}
