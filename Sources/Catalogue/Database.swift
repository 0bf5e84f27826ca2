import CSQLite
import Glibc

/// One connection to an SQLite file, used by one thread.
final class Database {
  private let handle: OpaquePointer

  /// Opens the file, or makes it; `:memory:` is none.
  init(path: String) throws(DatabaseError) {
    var opened: OpaquePointer?
    // SQLite would make it readable for others. Where it cannot be made, SQLite says so.
    if path != ":memory:" { close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)) }
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else {
      let error = DatabaseError(code: code, message: opened.map(Self.message) ?? "out of memory")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    sqlite3_extended_result_codes(handle, 1)
  }

  deinit { sqlite3_close_v2(handle) }

  /// How long a statement waits while another process writes.
  func wait(upToSeconds seconds: Int32) { sqlite3_busy_timeout(handle, seconds * 1000) }

  /// Runs statements that take nothing and give nothing.
  func execute(_ sql: String) throws(DatabaseError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code) }
  }

  func prepare(_ sql: String) throws(DatabaseError) -> Statement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw error(code) }
    return Statement(statement, of: self)
  }

  /// All rows of a query.
  func rows<Row>(_ sql: String, _ values: [SQLValue] = [], _ row: (Statement) -> Row) throws(DatabaseError) -> [Row] {
    let statement = try prepare(sql)
    try statement.bind(values)
    var rows: [Row] = []
    while try statement.next() { rows.append(row(statement)) }
    return rows
  }

  func run(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) {
    try prepare(sql).run(values)
  }

  /// All or nothing; other processes see none of it before its end. Nobody else writes meanwhile.
  func transaction<Failure: Error>(_ body: () throws(Failure) -> Void) throws {
    try execute("BEGIN IMMEDIATE")
    do {
      try body()
      try execute("COMMIT")
    } catch {
      // SQLite has rolled back by itself where the file failed; then this says so and changes nothing.
      try? execute("ROLLBACK")
      throw error
    }
  }

  var lastInsertedRow: Int { Int(sqlite3_last_insert_rowid(handle)) }

  fileprivate func error(_ code: Int32) -> DatabaseError { DatabaseError(code: code, message: Self.message(handle)) }

  private static func message(_ handle: OpaquePointer) -> String { String(cString: sqlite3_errmsg(handle)) }
}

/// What SQLite said.
struct DatabaseError: Error {
  let code: Int32
  let message: String

  private var primary: Int32 { code & 0xFF }

  /// A catalogue that another florpy made is of no use, as a damaged one is.
  static func otherVersion(_ version: Int) -> DatabaseError {
    DatabaseError(code: SQLITE_NOTADB, message: "it has version \(version)")
  }

  /// Columns that do not fit together.
  static let wrongContents = DatabaseError(code: SQLITE_CORRUPT, message: "its columns are of different lengths")

  var isBusy: Bool { [SQLITE_BUSY, SQLITE_LOCKED].contains(primary) }
  /// The file is no database of ours, or a damaged one: one that is made anew will do.
  var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_ERROR, SQLITE_CONSTRAINT].contains(primary) }
  /// Nothing can be written there.
  var isUnwritable: Bool { [SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_FULL, SQLITE_IOERR].contains(primary) }
}

enum SQLValue: Hashable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
  case blob([UInt8])

  init(_ number: Int?) { self = number.map(SQLValue.integer) ?? .null }
  init(_ number: Double?) { self = number.map(SQLValue.real) ?? .null }
  init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
  init(_ flag: Bool?) { self = flag.map { .integer($0 ? 1 : 0) } ?? .null }
}

/// A prepared statement. What `next` has found is there until it is called again.
final class Statement {
  private let handle: OpaquePointer
  private let database: Database

  fileprivate init(_ handle: OpaquePointer, of database: Database) {
    (self.handle, self.database) = (handle, database)
  }

  deinit { sqlite3_finalize(handle) }

  func bind(_ values: [SQLValue]) throws(DatabaseError) {
    for (index, value) in values.enumerated() {
      let code = bind(value, at: Int32(index + 1))
      if code != SQLITE_OK { throw database.error(code) }
    }
  }

  /// For statements that give no rows; may be called again.
  func run(_ values: [SQLValue]) throws(DatabaseError) {
    try bind(values)
    while try next() {}
    sqlite3_reset(handle)
  }

  /// Whether there is another row.
  func next() throws(DatabaseError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    let error = database.error(code)
    sqlite3_reset(handle)
    throw error
  }

  func integer(_ column: Int) -> Int? { isNull(column) ? nil : Int(sqlite3_column_int64(handle, Int32(column))) }
  func real(_ column: Int) -> Double? { isNull(column) ? nil : sqlite3_column_double(handle, Int32(column)) }
  func text(_ column: Int) -> String? { sqlite3_column_text(handle, Int32(column)).map { String(cString: $0) } }
  func flag(_ column: Int) -> Bool? { integer(column).map { $0 != 0 } }

  func value(_ column: Int) -> SQLValue {
    switch sqlite3_column_type(handle, Int32(column)) {
    case SQLITE_INTEGER: SQLValue(integer(column))
    case SQLITE_FLOAT: SQLValue(real(column))
    case SQLITE_TEXT: SQLValue(text(column))
    case SQLITE_BLOB: .blob(withBytes(column) { Array($0) })
    default: .null
    }
  }

  /// The bytes of a blob; none where the column is null.
  func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // The pointer first: asking for it may convert the value, and then the length is another.
    let bytes = sqlite3_column_blob(handle, Int32(column))
    return body(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
  }

  private func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

  private func bind(_ value: SQLValue, at place: Int32) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(handle, place)
    case .integer(let number): return sqlite3_bind_int64(handle, place, Int64(number))
    case .real(let number): return sqlite3_bind_double(handle, place, number)
    case .text(var text):
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { florpy_bind_text(handle, place, $0.baseAddress, Int32($0.count)) }
      }
    case .blob(let bytes): return bytes.withUnsafeBytes { florpy_bind_blob(handle, place, $0.baseAddress, UInt64($0.count)) }
    }
  }
}
