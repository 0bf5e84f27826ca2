/// The tables of the catalogue. They hold nothing that the run folders do not say.
enum Schema {
  /// Raise it with any change below: a catalogue with another number is made anew.
  static let version = 1

  static let tables = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      \(columns.map { "\($0.name) \($0.type)" }.joined(separator: ",\n  ")),
      mark TEXT NOT NULL,        -- what of the folder tells whether it changed
      log_mark TEXT NOT NULL,    -- and whether its log did
      settled INTEGER NOT NULL   -- nothing more comes, unless `mark` changes
    );
    CREATE UNIQUE INDEX run_by_name ON run (run);
    CREATE TABLE argument (
      run_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (run_id, name)
    ) WITHOUT ROWID;
    CREATE INDEX argument_by_name ON argument (name, run_id);
    -- The values of one name in one run, inside the same loops; the blobs last, so that the rest is found without them.
    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      run_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      replay INTEGER,            -- whose hindsight they are; null: the run's own
      argument INTEGER NOT NULL, -- of flor.arg
      loops TEXT NOT NULL,       -- a JSON array of names, the outermost first
      count INTEGER NOT NULL,
      last TEXT,                 -- of the values the last, as text
      least REAL,
      greatest REAL,
      kind TEXT NOT NULL,        -- of value: int64, float64, bool (a byte each), json (the text of an array)
      value BLOB NOT NULL,
      step BLOB,                 -- int64; the lowest there is stands for none
      nanoseconds BLOB NOT NULL  -- int64, since 1970
    );
    CREATE INDEX series_by_name ON series (name, run_id);
    CREATE INDEX series_by_run ON series (run_id, name);
    CREATE TABLE level (
      id INTEGER PRIMARY KEY,
      series_id INTEGER NOT NULL,
      level INTEGER NOT NULL,    -- in `loops`, from 0
      item_kind TEXT,            -- null: the items are the iterations
      iteration BLOB NOT NULL,   -- int64, from 0; -1: not known
      item BLOB
    );
    CREATE INDEX level_by_series ON level (series_id, level);
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
