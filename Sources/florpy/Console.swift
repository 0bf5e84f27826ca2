import ArgumentParser
import Catalogue
import FoundationEssentials
import Glibc
import RunStore

/// What the user sees: data on standard output, everything else on standard error. The only file that writes to either.
enum Console {
  /// Exit statuses as in `sysexits.h`; 64, for a command line that makes no sense, is the argument parser's own.
  enum Status {
    static let damaged = ExitCode(65)
    static let notFound = ExitCode(66)
    static let internalFailure = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let inUse = ExitCode(75)
    static let systemFailure = ExitCode(71)
  }

  /// Whether florpy has a word of its own beside the script's: a plain run says nothing, so only who asked, or who watches, is told.
  static func speaks(verbose: Bool) -> Bool { verbose || isatty(STDERR_FILENO) == 1 }

  /// Of the terminal, in characters; 80 where standard output is none.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static func print(_ text: String) throws {
    try write(text + "\n", to: STDOUT_FILENO)
  }

  static func print(json value: some Encodable) throws {
    try print(String(decoding: try json(value), as: UTF8.self))
  }

  /// JSON as every command writes it.
  static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  static func report(_ message: String, hint: String? = nil) throws {
    try write(message + "\n" + (hint.map { "\nhint: \($0)\n" } ?? ""), to: STDERR_FILENO)
  }

  /// Runs a command's body; what the store says went wrong becomes a message and an exit status.
  static func reportingFailures(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StoreError {
      try report("error: \(error)", hint: error.hint)
      throw status(of: error)
    } catch let error as CatalogueError {
      try report("error: \(error)", hint: error.hint)
      throw status(of: error)
    }
  }

  /// Whether standard output is a terminal whose user has not asked for plain text.
  static var marksOnStandardOutput: Bool {
    isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// Columns as wide as their widest cell, two spaces apart; `right` names those with numbers.
  static func table(_ header: [String], _ rows: [[String]], right: Set<Int> = []) -> String {
    aligned([header] + rows, right: right).joined(separator: "\n")
  }

  /// The lines of a table.
  static func aligned(_ rows: [[String]], right: Set<Int> = []) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return right.contains(column) ? gap + row[column] : row[column] + gap
      }
      let line = cells.joined(separator: "  ")
      return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
    }
  }

  static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) B" }
    var number = Double(count) / 1000
    for unit in ["kB", "MB", "GB"] {
      if number < 999.95 { return "\(decimal(number, 1)) \(unit)" }
      number /= 1000
    }
    return "\(decimal(number, 1)) TB"
  }

  static func seconds(_ seconds: Double) -> String {
    seconds < 10 ? decimal(seconds, 3) : decimal(seconds, 1)
  }

  static func decimal(_ number: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int64((number * scale).rounded())
    let digits = String(scaled.magnitude)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return (scaled < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
  }

  private static func status(of error: CatalogueError) -> ExitCode {
    switch error.code {
    case .wrongQuestion: ExitCode.validationFailure
    case .notFound: Status.notFound
    case .busy: Status.inUse
    case .failed: Status.internalFailure
    }
  }

  private static func status(of error: StoreError) -> ExitCode {
    switch error.code {
    case .notFound, .unreadable: Status.notFound
    case .damaged, .unknownFormat: Status.damaged
    case .unwritable: Status.cannotCreate
    case .inUse: Status.inUse
    }
  }

  private static func write(_ text: String, to descriptor: Int32) throws {
    do throws(ErrorNumber) {
      try PosixFileSystem().writeAll(Array(text.utf8), to: descriptor)
    } catch {
      // There is nowhere left to say why.
      throw Status.systemFailure
    }
  }
}
