#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "CXXHash.h"
#include "LogState.h"

enum { PROCESS = 1 };

static int write_all(int descriptor, const void *bytes, size_t count) {
  for (const uint8_t *rest = bytes; count > 0;) {
    ssize_t written = write(descriptor, rest, count < 1u << 30 ? count : 1u << 30);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    rest += written;
    count -= (size_t)written;
  }
  return 0;
}

int log_file_append(int descriptor, uint8_t *block, size_t count) {
  const uint32_t length = (uint32_t)count;
  const uint64_t check = florpy_hash64(block + LOG_BLOCK_HEAD_BYTES, count);
  memcpy(block, "FBLK", 4);
  memcpy(block + 4, &length, sizeof length);
  memcpy(block + 8, &check, sizeof check);
  return write_all(descriptor, block, LOG_BLOCK_HEAD_BYTES + count);
}

static int write_beginning(int descriptor) {
  const uint32_t pid = (uint32_t)getpid(), parent = (uint32_t)getppid(), number = log_state.is_replay;
  uint8_t block[LOG_BLOCK_HEAD_BYTES + 24] = {[LOG_BLOCK_HEAD_BYTES] = PROCESS, [LOG_BLOCK_HEAD_BYTES + 2] = 3};
  uint8_t *record = block + LOG_BLOCK_HEAD_BYTES;
  memcpy(record + 4, &number, 4);
  memcpy(record + 8, &log_state.opened, 8);
  memcpy(record + 16, &pid, 4);
  memcpy(record + 20, &parent, 4);
  int failure = write_all(descriptor, "florlog1", 8);
  return failure ? failure : log_file_append(descriptor, block, 24);
}

int log_file_open(void) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%016llx-%d.values", log_state.folder, (unsigned long long)log_state.opened, (int)getpid());
  // Not where the script's own files get their numbers: a script may count on those.
  int opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (opened < 0) return -1;
  int descriptor = fcntl(opened, F_DUPFD_CLOEXEC, 200);
  if (descriptor >= 0) close(opened);
  else descriptor = opened;
  int failure = write_beginning(descriptor);
  if (!failure) return descriptor;
  close(descriptor);
  errno = failure;
  return -1;
}

static bool is_stored(const LogBlob *blob) {
  struct stat status;
  return stat(blob->path, &status) == 0 && (size_t)status.st_size == blob->count;
}

int log_blob_store(LogBlob *blob) {
  const florpy_hash128 hash = florpy_hash(blob->bytes, blob->count);
  memcpy(blob->record + blob->hash_at, &hash.high, 8);
  memcpy(blob->record + blob->hash_at + 8, &hash.low, 8);
  unsigned long long high = hash.high, low = hash.low;
  int length = snprintf(blob->path, sizeof blob->path, "%s/%016llx%016llx", log_state.blobs, high, low);
  if (length >= (int)sizeof blob->path) return ENAMETOOLONG;
  if (is_stored(blob)) return 0;
  char temporary[PATH_MAX + 32];
  snprintf(temporary, sizeof temporary, "%s-%d.tmp", blob->path, (int)getpid());
  int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  int failure = write_all(descriptor, blob->bytes, blob->count);
  if (close(descriptor) && !failure) failure = errno;
  if (!failure && rename(temporary, blob->path)) failure = errno;
  if (failure) unlink(temporary);
  return failure;
}
