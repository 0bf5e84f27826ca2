import CXXHash
import RunStore

/// A log file put together by hand from docs/logging.md: an oracle that shares no code with the writer.
public struct SampleLog {
  public static let began: Int64 = 1_700_000_000_000_000_000

  private var records: [UInt8] = []
  private var blocks: [UInt8] = Array("florlog1".utf8)
  private var names: [String: UInt32] = [:]
  private var positions: UInt32 = 0

  public init(isReplay: Bool = false, nanoseconds: Int64 = began) {
    add(kind: 1, number: isReplay ? 1 : 0, bytes(nanoseconds) + bytes(UInt32(7)) + bytes(UInt32(1)))
  }

  /// The number of an iteration, to be given to values and iterations inside it.
  public mutating func iteration(_ number: Int64, of loop: String, in outer: UInt32 = 0, item: Int64? = nil) -> UInt32 {
    let name = name(loop)
    positions += 1
    let body = bytes(outer) + bytes(name) + bytes(number) + (item.map { bytes($0) } ?? [])
    add(kind: 4, type: item == nil ? 0 : 2, number: positions, body)
    return positions
  }

  public mutating func log(_ label: String, _ value: Double, at position: UInt32 = 0, microseconds: UInt32, step: Int64? = nil) {
    add(label, type: 3, bytes(value.bitPattern), position, microseconds, step)
  }

  public mutating func log(_ label: String, _ value: Int64, at position: UInt32 = 0, microseconds: UInt32, isArgument: Bool = false)
  {
    add(label, type: isArgument ? 2 | 128 : 2, bytes(value), position, microseconds, nil)
  }

  public mutating func log(_ label: String, _ text: String, at position: UInt32 = 0, microseconds: UInt32) {
    add(label, type: 4, bytes(UInt32(text.utf8.count)) + Array(text.utf8), position, microseconds, nil)
  }

  /// A file of one more block, with all that was not in one yet.
  public mutating func file() -> [UInt8] {
    if !records.isEmpty {
      let hash = records.withUnsafeBytes { florpy_hash64($0.baseAddress, $0.count) }
      blocks += Array("FBLK".utf8) + bytes(UInt32(records.count)) + bytes(hash) + records
      records = []
    }
    return blocks
  }

  private mutating func add(
    _ label: String, type: UInt8, _ value: [UInt8], _ position: UInt32, _ microseconds: UInt32, _ step: Int64?
  ) {
    let number = name(label)
    add(
      kind: 5, type: type | (step == nil ? 0 : 64), number: number,
      bytes(position) + bytes(microseconds) + (step.map { bytes($0) } ?? []) + value)
  }

  private mutating func name(_ text: String) -> UInt32 {
    if let number = names[text] { return number }
    let number = UInt32(names.count + 1)
    names[text] = number
    add(kind: 3, number: number, bytes(UInt32(text.utf8.count)) + Array(text.utf8))
    return number
  }

  private mutating func add(kind: UInt8, type: UInt8 = 0, number: UInt32, _ body: [UInt8]) {
    let padding = [UInt8](repeating: 0, count: (8 - body.count % 8) % 8)
    let units = UInt16((8 + body.count + padding.count) / 8)
    records += [kind, type] + bytes(units) + bytes(number) + body + padding
  }

  private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
