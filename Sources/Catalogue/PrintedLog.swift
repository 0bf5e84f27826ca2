import Glibc
public import RunModel
public import RunStore

/// The named numbers that a run has printed, with the number of their line, from 0.
public struct PrintedLog {
  /// Stands for the loop of what has been printed: a row is a line.
  static let loop = "line"

  private(set) var series: [Series] = []
  private var places: [String: Int] = [:]

  public var table: LogTable { LogTable(series) }

  /// From `output.ops`: standard output and standard error in the order in which they were written. What tqdm writes again on the
  /// same line is a line each time.
  /// `names` may have `*` and `?`; without one everything is taken.
  public init(of run: RunDirectory, in store: RunStore, names: [String] = []) throws(StoreError) {
    for (number, line) in try Self.lines(of: run, in: store).enumerated() {
      for one in PrintedNumbers.find(in: line) where names.isEmpty || names.contains(where: { fnmatch($0, one.name, 0) == 0 }) {
        append(one.name, one.value, line: number)
      }
    }
  }

  /// What was kept of a run; nothing, where nothing was.
  init(keptOf run: RunDirectory, in store: RunStore) throws(StoreError) {
    let bytes: [UInt8]
    do {
      bytes = try store.fileSystem.contents(of: run.extracted)
    } catch let error where error.code == .notFound {
      return
    }
    for line in JSONLines.split(bytes) {
      do {
        let value = try JSONRecords().decode(ExtractedNumber.self, from: line)
        append(value.name, LoggedValue(json: value.value), line: value.line)
      } catch {
        throw .damaged(run.extracted, invariant: 16, "\(error)")
      }
    }
  }

  /// Keeps it with the run, in the place of what was kept before.
  public func keep(in run: RunDirectory, of store: RunStore) throws(StoreError) {
    let lines = series.flatMap { one in
      (0..<one.count).map { place in
        let (name, value) = (LoggedValue.quoted(one.key.name), one.values[place].json)
        return "{\"name\":\(name),\"value\":\(value),\"line\":\(one.position(at: place)[0])}\n"
      }
    }
    try store.fileSystem.writeDurably(Array(lines.joined().utf8), to: run.extracted)
  }

  private mutating func append(_ name: String, _ value: LoggedValue, line: Int) {
    let place = places[name] ?? series.count
    if place == series.count {
      places[name] = place
      series.append(Series(Series.Key(name: name, replay: nil, isArgument: false, loops: [Self.loop])))
    }
    // Nothing is known of when it was printed, but in which order.
    series[place].append(value, nanoseconds: Int64(line), step: nil)
    series[place].append(iteration: line, item: .none, at: 0)
  }

  private static func lines(of run: RunDirectory, in store: RunStore) throws(StoreError) -> [Substring] {
    let bytes = try store.fileSystem.contents(of: run.output)
    // Each stream has lines of its own, and a line counts where it ends.
    var open: [Bool: [UInt8]] = [:]
    var lines: [Substring] = []
    for record in OutputRecords(bytes) {
      let isError = record.kind < UInt8(ascii: "a")
      for byte in bytes[record.payload] {
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
          lines.append(Substring(decoding: open[isError] ?? [], as: UTF8.self))
          open[isError] = []
        } else {
          open[isError, default: []].append(byte)
        }
      }
    }
    return lines + open.sorted { !$0.key && $1.key }.map { Substring(decoding: $0.value, as: UTF8.self) }
  }
}
