// SQLite, linked from its archive: nothing to load, and no other copy for the Python of the same process to meet.
#ifndef FLORPY_CSQLITE_H
#define FLORPY_CSQLITE_H

#include <sqlite3.h>

// `SQLITE_TRANSIENT` is a cast, which Swift does not see: the bytes are copied before the call returns.
int florpy_bind_text(sqlite3_stmt *statement, int place, const char *text, int byte_count);
int florpy_bind_blob(sqlite3_stmt *statement, int place, const void *bytes, sqlite3_uint64 byte_count);

#endif
