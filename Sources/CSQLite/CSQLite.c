#include "CSQLite.h"

#include <stddef.h>

int florpy_bind_text(sqlite3_stmt *statement, int place, const char *text, int byte_count) {
  // Without a pointer SQLite would take it for a null.
  return sqlite3_bind_text(statement, place, text == NULL ? "" : text, byte_count, SQLITE_TRANSIENT);
}

int florpy_bind_blob(sqlite3_stmt *statement, int place, const void *bytes, sqlite3_uint64 byte_count) {
  if (byte_count == 0) return sqlite3_bind_zeroblob(statement, place, 0);
  return sqlite3_bind_blob64(statement, place, bytes, byte_count, SQLITE_TRANSIENT);
}
