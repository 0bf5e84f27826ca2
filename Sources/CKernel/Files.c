#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <fcntl.h>

int file_write_back(int descriptor, size_t offset, size_t count, int waits) {
  unsigned flags = SYNC_FILE_RANGE_WRITE;
  if (waits) flags |= SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (sync_file_range(descriptor, (off64_t)offset, (off64_t)count, flags) == 0) return 0;
  // Then everything is brought there when the file is synchronized.
  return errno == ENOSYS || errno == EINVAL ? 0 : -1;
}
