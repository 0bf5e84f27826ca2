import CLogRing
import Glibc
import Logging
import RunModel
import RunStore
import TestSupport

/// A sound run with a log that `body` writes: through the ring and the writer, as a script's process does.
///
/// The ring is the process's, so that suites which use this are serialized.
struct LoggedRun {
  let sample: SampleRun

  init(_ body: (LogWriter, LoggedRun) throws -> Void) throws {
    sample = try SampleRun()
    guard log_open(sample.run.log, sample.run.blobs, false, false) == 0 else { throw ErrorNumber.current }
    let writer = try LogWriter()
    try body(writer, self)
    if let failure = writer.close() { throw failure }
  }

  var log: RunLog { RunLog(sample.run, in: sample.store) }

  func path() throws -> String { try log.files()[0].path }

  func bytes() throws -> [UInt8] { try sample.store.fileSystem.contents(of: try path()) }

  /// The entries, with their names, and each entry's position as text.
  func entries() throws -> [Logged] {
    var found: [Logged] = []
    for file in try log.files() {
      let ending = try log.read(file) { entry, decoder in
        found.append(Logged(entry, decoder))
      }
      guard ending == .whole else { throw ErrorNumber.inputOutput }
    }
    return found
  }

  func write(_ bytes: some Collection<UInt8>) throws {
    let path = try path()
    try sample.store.fileSystem.remove(path)
    try sample.store.fileSystem.writeWhole(Array(bytes), to: path, synchronized: false)
  }
}

struct Logged: Equatable {
  let name, position: String
  let step: Int64?
  let value: LoggedValue

  init(_ entry: borrowing LogEntry, _ decoder: borrowing LogDecoder) {
    name = decoder.names[entry.name]
    step = entry.step
    value = entry.value
    var parts: [String] = []
    var place = entry.position
    while place > 0 {
      let iteration = decoder.positions[place]
      parts.insert("\(iteration.loop) \(iteration.iteration.map(String.init) ?? "?")", at: 0)
      place = iteration.outer
    }
    position = parts.joined(separator: " > ")
  }
}

/// `flor.log(name, value)` as Python's function does it.
func log(_ name: String, _ value: LoggedValue, step: Int64? = nil) {
  var subject = LogSubject(name: logName(name), is_argument: false, has_step: step != nil, step: step ?? 0)
  switch value {
  case .none: log_put_word(&subject, Int32(LOG_NONE), 0)
  case .bool(let value): log_put_word(&subject, Int32(LOG_BOOL), value ? 1 : 0)
  case .integer(let value): log_put_word(&subject, Int32(LOG_INT), UInt64(bitPattern: value))
  case .number(let value): log_put_word(&subject, Int32(LOG_FLOAT), value.bitPattern)
  case .text(let text): log_put_text(&subject, Int32(LOG_TEXT), text, text.utf8.count)
  case .largeInteger(let text): log_put_text(&subject, Int32(LOG_LARGE_INT), text, text.utf8.count)
  case .other(let type, let text): log_put_other(&subject, type, type.utf8.count, text, text.utf8.count)
  case .blob: preconditionFailure("a blob's bytes are logged, by `logArray`")
  }
}

func logArray(_ name: String, _ bytes: [UInt8]) {
  var subject = LogSubject(name: logName(name), is_argument: false, has_step: false, step: 0)
  var shape = LogShape()
  shape.dimension_count = 1
  shape.dimensions.0 = Int64(bytes.count)
  for (place, unit) in "uint8".utf8.enumerated() {
    withUnsafeMutableBytes(of: &shape.item_type) { $0[place] = unit }
  }
  var isBusy = false
  var blob = log_blob_new(bytes.count, &isBusy)
  while blob == nil {
    usleep(100)
    blob = log_blob_new(bytes.count, &isBusy)
  }
  guard let blob else { return }
  memcpy(log_blob_bytes(blob), bytes, bytes.count)
  log_put_blob(&subject, &shape, blob)
}

private func logName(_ name: String) -> OpaquePointer {
  guard let found = log_name(name, name.utf8.count) else { preconditionFailure("no memory for a name") }
  return found
}
