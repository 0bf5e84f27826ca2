/// The tables of the catalogue. They hold nothing that the run folders do not say.
enum Schema {
  /// Raise it with any change below: a catalogue with another number is made anew.
  static let version = 1

  static let tables = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      \(columns.map { "\($0.name) \($0.type)" }.joined(separator: ",\n  ")),
      mark TEXT NOT NULL,
      settled INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX run_by_name ON run (run);
    CREATE TABLE argument (
      run_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (run_id, name)
    ) WITHOUT ROWID;
    CREATE INDEX argument_by_name ON argument (name, run_id);
    PRAGMA user_version = \(version);
    """

  /// Of a run, in the order of `RunSummary.values`.
  static let columns: [(name: String, type: String)] = [
    ("run", "TEXT NOT NULL"), ("script", "TEXT"), ("module", "TEXT"), ("argv", "TEXT"), ("cwd", "TEXT"),
    ("started", "TEXT"), ("ended", "TEXT"), ("status", "TEXT NOT NULL"), ("exit", "INTEGER"), ("seconds", "REAL"),
    ("lost_seconds", "REAL"), ("checkpoints", "INTEGER"), ("bytes", "INTEGER"), ("replays", "INTEGER"),
    ("python", "TEXT"), ("git_commit", "TEXT"), ("git_dirty", "INTEGER"), ("host", "TEXT"), ("user", "TEXT"),
    ("problem", "TEXT"),
  ]
}
