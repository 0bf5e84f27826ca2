import Glibc
public import RunModel
public import RunStore

/// What is known of a store's runs, in one SQLite file: made from the run folders, and brought up to date when it is opened.
///
/// It is an index and nothing more. A file that is missing, damaged or of another version is made anew; where it cannot be
/// written, it is made in memory, for this once.
public final class Catalogue {
  public static let fileName = "catalogue.sqlite"
  /// How long to wait for another process that writes it.
  private static let patienceSeconds: Int32 = 60

  public let store: RunStore
  let database: Database

  private init(of store: RunStore, at path: String) throws {
    self.store = store
    database = try Database(path: path)
    database.wait(upToSeconds: Self.patienceSeconds)
    // What is lost in a crash of the machine is made anew, if the file is still one.
    try database.execute("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY")
    try makeTables()
    try refresh()
  }

  private func makeTables() throws {
    let version = try database.rows("PRAGMA user_version") { $0.integer(0) ?? 0 }.first ?? 0
    if version == Schema.version { return }
    guard version == 0 else { throw DatabaseError.otherVersion(version) }
    try database.transaction {
      // Another process may have been first.
      let isMade = try !database.rows("SELECT 1 FROM sqlite_master LIMIT 1") { _ in true }.isEmpty
      if !isMade { try database.execute(Schema.tables) }
    }
  }

  public static func path(in store: RunStore) -> String { "\(store.path)/\(fileName)" }

  /// Has `body` ask the catalogue as it is now. Where it turns out to be damaged, `body` is called again, with one that was
  /// made anew; so it must do nothing but ask.
  public static func read<Result>(_ store: RunStore, _ body: (Catalogue) throws -> Result) throws -> Result {
    let path = path(in: store)
    do {
      return try body(Catalogue(of: store, at: path))
    } catch let error as DatabaseError where error.isDamage {
      remove(path)
    } catch let error as DatabaseError where error.isUnwritable || error.isBusy {
      return try inMemory(store, body)
    }
    do {
      return try body(Catalogue(of: store, at: path))
    } catch is DatabaseError {
      return try inMemory(store, body)
    }
  }

  /// Makes it anew.
  public static func rebuild(_ store: RunStore) throws -> Contents {
    remove(path(in: store))
    return try read(store) { try $0.contents() }
  }

  private static func inMemory<Result>(_ store: RunStore, _ body: (Catalogue) throws -> Result) throws -> Result {
    do {
      return try body(Catalogue(of: store, at: ":memory:"))
    } catch let error as DatabaseError {
      throw CatalogueError.failed(path(in: store), error)
    }
  }

  /// A process that has it open goes on with what it has.
  private static func remove(_ path: String) {
    for suffix in ["", "-journal"] { unlink(path + suffix) }
  }
}

extension Catalogue {
  /// How much it holds.
  public struct Contents: Encodable, Sendable {
    public var runs: Int
    public var values: Int
  }

  public func contents() throws -> Contents {
    Contents(runs: try count("SELECT count(*) FROM run"), values: try count("SELECT coalesce(sum(count), 0) FROM series"))
  }

  private func count(_ sql: String) throws -> Int { try database.rows(sql) { $0.integer(0) ?? 0 }.first ?? 0 }
}
