// Values on their way from the script's threads to a log file (docs/logging.md).
//
//   the script's threads, one at a time              the writer's threads
//   log_begin, log_put_…: a record into the ring ──▶ log_ring_take ──▶ log_file_append
//   log_blob_new, copy, log_put_blob ──────────────▶ log_blob_take ──▶ log_blob_store, log_file_append, log_blob_release
//
// Python's own lock makes producers come one at a time. In a forked child there are no writer's threads: there each value is written to
// a file of the child's own before `log_put_…` returns, by the functions here alone.
#ifndef FLORPY_CLOGRING_H
#define FLORPY_CLOGRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
  LOG_NONE, LOG_BOOL, LOG_INT, LOG_FLOAT, LOG_TEXT, LOG_LARGE_INT, LOG_OTHER, LOG_BLOB,
};
enum { LOG_ARRAY, LOG_IMAGE, LOG_HISTOGRAM, LOG_LONG_TEXT };
/// A text beyond this is stored as a blob.
enum { LOG_RECORD_TEXT_BYTES = 32768 };
enum { LOG_ITEM_TEXT_BYTES = 256 };
enum { LOG_DIMENSIONS = 32, LOG_ITEM_TYPE_BYTES = 64 };

// MARK: Whose values, and where they go

/// From now on values go to a new file in `folder`, and blobs to `blobs`, which are made where they are missing. The caller starts a
/// writer, unless this process is a forked child. 0, or errno.
int log_open(const char *folder, const char *blobs, bool is_replay, bool is_forked);
bool log_is_open(void);
/// Values are dropped: the writer has failed, or has ended.
void log_shut(void);
/// Whether this process was forked from the one that opened the log, and so has no writer.
bool log_is_forked(void);

// MARK: Values

typedef struct LogName LogName;

/// The name, made on first use; it lives for ever. Null where there is no memory.
LogName *_Nullable log_name(const char *text, size_t count);

typedef struct {
  LogName *name;
  bool is_argument;
  bool has_step;
  int64_t step;
} LogSubject;

/// A value of eight bytes, or None.
void log_put_word(const LogSubject *subject, int type, uint64_t word);
/// Where the program is, and when: for a value that is known later.
typedef struct {
  uint32_t position;
  int64_t nanoseconds;
} LogPlace;
LogPlace log_place(void);
void log_put_late_word(const LogSubject *subject, LogPlace place, int type, uint64_t word);
/// LOG_TEXT and LOG_LARGE_INT, of at most LOG_RECORD_TEXT_BYTES.
void log_put_text(const LogSubject *subject, int type, const char *text, size_t count);
/// LOG_OTHER; both at most LOG_RECORD_TEXT_BYTES.
void log_put_other(const LogSubject *subject, const char *type, size_t type_count, const char *text, size_t count);

// MARK: Blobs

typedef struct {
  int kind;
  int dimension_count;
  int64_t dimensions[LOG_DIMENSIONS];
  char item_type[LOG_ITEM_TYPE_BYTES];
} LogShape;

typedef struct LogBlob LogBlob;

/// Room for a blob; null while the writer is behind and where there is no memory, as `*is_busy` tells.
LogBlob *_Nullable log_blob_new(size_t count, bool *is_busy);
void *log_blob_bytes(LogBlob *blob);
/// The blob is full, and the log's from here on.
void log_put_blob(const LogSubject *subject, const LogShape *shape, LogBlob *blob);

// MARK: Loops

/// A loop of this thread begins, inside those that it is in. Its number, or -1 where there is no room.
int log_loop_begin(const char *name, size_t count);
/// Its iteration of that index (-1: unknown) begins; the item is of a type up to LOG_TEXT, with what is at `item`.
void log_loop_next(int loop, int64_t index, int type, const void *_Nullable item, size_t count);
void log_loop_end(int loop);

// MARK: The writer's side

/// The most that `log_ring_take` gives.
enum { LOG_RING_BYTES = 8 << 20 };
enum { LOG_BLOCK_HEAD_BYTES = 16 };

/// A new log file, with its beginning written; -1 and errno.
int log_file_open(void);
/// Writes a block: `count` bytes of records behind LOG_BLOCK_HEAD_BYTES of room for its head. 0, or errno.
int log_file_append(int descriptor, uint8_t *block, size_t count);
/// Copies to `records` what is in the ring, whole records; their bytes.
size_t log_ring_take(uint8_t *records);
/// The next blob, null where there is none.
LogBlob *_Nullable log_blob_take(void);
/// Writes the blob under its hash. 0, or errno.
int log_blob_store(LogBlob *blob);
/// Its path.
const char *log_blob_path(const LogBlob *blob);
/// Its record, to be appended once it is stored; at most LOG_BLOB_RECORD_BYTES.
enum { LOG_BLOB_RECORD_BYTES = 512 };
size_t log_blob_record(const LogBlob *blob, uint8_t *record);
void log_blob_release(LogBlob *blob);
/// Whether there are blobs that were put and are not released.
bool log_has_blobs_waiting(void);

#pragma clang assume_nonnull end
#endif
