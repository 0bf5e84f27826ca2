import Catalogue
import Glibc
import RunModel
import RunStore

/// Prints the values of a run as they come, until it has ended.
struct LogFollower {
  private static let pauseMicroseconds: UInt32 = 100_000

  private let run: RunDirectory
  private let store: RunStore
  private let names: [String]
  private let format: LogFormat

  init(_ run: RunDirectory, in store: RunStore, names: [String], format: LogFormat) {
    (self.run, self.store, self.names, self.format) = (run, store, names, format)
  }

  func follow() throws {
    var decoders: [RunLog.File: LogDecoder] = [:]
    if format == .csv { try Console.print("time,position,step,name,value,hindsight") }
    while true {
      // Before the last look: what was written until the end is seen.
      let isAtWork = try RunLock.isHeld(run.lock)
      try printNews(&decoders)
      if !isAtWork { return }
      usleep(Self.pauseMicroseconds)
    }
  }

  private func printNews(_ decoders: inout [RunLog.File: LogDecoder]) throws {
    let log = RunLog(run, in: store)
    for file in try log.files() {
      var decoder = decoders[file] ?? LogDecoder()
      var lines: [String] = []
      do {
        try log.read(file, from: &decoder) { entry, decoder in
          let name = decoder.names[entry.name]
          if names.isEmpty || names.contains(where: { fnmatch($0, name, 0) == 0 }) {
            lines.append(line(copy entry, decoder, isHindsight: file.replay != nil))
          }
        }
      } catch let fault as LogFault {
        throw StoreError.damaged(file.path, invariant: fault.invariant, fault.message)
      }
      decoders[file] = decoder
      if !lines.isEmpty { try Console.print(lines.joined(separator: "\n")) }
    }
  }

  private func line(_ entry: LogEntry, _ decoder: borrowing LogDecoder, isHindsight: Bool) -> String {
    let (name, value) = (decoder.names[entry.name], entry.value)
    let position = position(entry.position, decoder)
    let step = entry.step.map(String.init)
    switch format {
    case .table:
      let place = position.map { "\($0.loop)=\($0.shown)" } + (step.map { ["step \($0)"] } ?? [])
      return (place + ["\(name): \(value.text)\(isHindsight ? "*" : "")"]).joined(separator: "  ")
    case .csv:
      let place = position.map { "\($0.loop)=\($0.shown)" }.joined(separator: " ")
      let cells = [Self.seconds(entry.nanoseconds), place, step ?? "", name, value.text, isHindsight ? "true" : "false"]
      return cells.map(CSV.cell).joined(separator: ",")
    case .parquet: preconditionFailure("A Parquet file is not followed.")
    case .jsonl:
      let place = position.map { "\(LoggedValue.quoted($0.loop)):\($0.number.map(String.init) ?? "null")" }.joined(separator: ",")
      let facts = [
        "\"time\":\(Self.seconds(entry.nanoseconds))", "\"position\":{\(place)}", "\"name\":\(LoggedValue.quoted(name))",
        "\"value\":\(value.outputJSON)",
      ]
      return "{"
        + (facts + (step.map { ["\"step\":\($0)"] } ?? []) + (isHindsight ? ["\"hindsight\":true"] : [])).joined(separator: ",")
        + "}"
    }
  }

  private typealias Place = (loop: String, number: Int?, shown: String)

  /// The outermost loop first.
  private func position(_ number: Int, _ decoder: borrowing LogDecoder) -> [Place] {
    var places: [Place] = []
    var number = number
    while number != 0 {
      let one = decoder.positions[number]
      places.append((one.loop, one.iteration, one.item == .none ? one.iteration.map(String.init) ?? "?" : one.item.text))
      number = one.outer
    }
    return places.reversed()
  }

  /// Since 1970, with all digits.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let fraction = String(nanoseconds % 1_000_000_000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
  }
}
