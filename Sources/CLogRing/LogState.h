// What the files of this target share.
#ifndef FLORPY_LOG_STATE_H
#define FLORPY_LOG_STATE_H

#include <limits.h>
#include <sys/types.h>

#include "CLogRing.h"

typedef struct {
  char folder[PATH_MAX], blobs[PATH_MAX];
  bool is_replay;
  /// Whether there is a file to log into, or a ring on the way to one.
  bool is_open;
  bool is_forked;
  /// Names and positions are defined anew in each file; every file of this process and of its children has another one.
  uint32_t generation;
  /// From which `elapsed` counts: nanoseconds since 1970.
  int64_t clock;
  /// When the file was opened.
  int64_t opened;
} LogState;

extern LogState log_state;

int64_t log_now(void);

// Room for `count` bytes of records, and handing over all that was reserved since the last time. In the ring, or in a forked child in the
// buffer before its file.
uint8_t *log_reserve(size_t count);
void log_commit(void);

/// In a forked child: the blob is written at once, and its record.
void log_blob_put_directly(LogBlob *blob);

void log_ring_make(void);
bool log_ring_exists(void);

struct LogBlob {
  uint8_t *bytes;
  size_t count, capacity;
  uint8_t record[LOG_BLOB_RECORD_BYTES];
  size_t record_count;
  /// Where the hash goes in the record.
  size_t hash_at;
  char path[PATH_MAX];
};

void log_blob_submit(LogBlob *blob);

#endif
