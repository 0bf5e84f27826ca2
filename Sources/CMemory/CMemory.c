#define _GNU_SOURCE
#include "CMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Headers older than Linux 6.7 lack all of this.
enum { USER_MODE_ONLY = 1 };
#define FEATURE_WP_UNPOPULATED (1ull << 13)
#define FEATURE_WP_ASYNC (1ull << 15)

enum { SCAN_WATCH = 1 << 0, SCAN_ONLY_WATCHABLE = 1 << 1 };
enum { PAGE_WATCHABLE = 1 << 0, PAGE_WRITTEN = 1 << 1, PAGE_PRESENT = 1 << 3, PAGE_SWAPPED = 1 << 4 };

struct page_region {
  uint64_t start, end, categories;
};

struct scan {
  uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages;
  uint64_t category_inverted, category_mask, category_any, return_mask;
};

#define PAGEMAP_SCAN _IOWR('f', 16, struct scan)

int memory_tracking_open(MemoryTracking *tracking) {
  // Without the flag it takes a privilege on most systems. Nothing is ever read from this descriptor: asynchronous
  // protection has the kernel let every write through, those that it makes itself for a system call included.
  tracking->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY);
  if (tracking->faults < 0) return -1;
  struct uffdio_api api = {.api = UFFD_API, .features = FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED};
  tracking->pages = ioctl(tracking->faults, UFFDIO_API, &api) == 0 ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
  if (tracking->pages >= 0) return 0;
  close(tracking->faults);
  return -1;
}

void memory_tracking_close(const MemoryTracking *tracking) {
  close(tracking->faults);
  close(tracking->pages);
}

int memory_tracking_add(const MemoryTracking *tracking, MemoryRange range) {
  struct uffdio_register registration = {
    .range = {.start = range.start, .len = range.end - range.start}, .mode = UFFDIO_REGISTER_MODE_WP};
  return ioctl(tracking->faults, UFFDIO_REGISTER, &registration);
}

void memory_tracking_remove(const MemoryTracking *tracking, MemoryRange range) {
  struct uffdio_range removed = {.start = range.start, .len = range.end - range.start};
  ioctl(tracking->faults, UFFDIO_UNREGISTER, &removed);
}

ssize_t memory_tracking_watch(const MemoryTracking *tracking, MemoryRange *range, MemoryRange *written, size_t capacity) {
  struct page_region regions[64];
  if (capacity > sizeof regions / sizeof *regions) capacity = sizeof regions / sizeof *regions;
  struct scan scan = {
    .size = sizeof scan, .flags = SCAN_WATCH | SCAN_ONLY_WATCHABLE, .start = range->start, .end = range->end,
    .regions = (uintptr_t)regions, .region_count = capacity, .category_mask = PAGE_WRITTEN, .return_mask = PAGE_WRITTEN};
  int count = ioctl(tracking->pages, PAGEMAP_SCAN, &scan);
  if (count < 0) return -1;
  for (int index = 0; index < count; index++) written[index] = (MemoryRange){regions[index].start, regions[index].end};
  range->start = scan.walk_end;
  return count;
}

int memory_tracking_is_unwritten(const MemoryTracking *tracking, MemoryRange range) {
  // Asked for what is there and unwritten, not for what is written: a page that was given back to the kernel is neither.
  struct page_region regions[2];
  struct scan scan = {
    .size = sizeof scan, .flags = SCAN_ONLY_WATCHABLE, .start = range.start, .end = range.end,
    .regions = (uintptr_t)regions, .region_count = 2, .category_inverted = PAGE_WRITTEN, .category_mask = PAGE_WRITTEN,
    .category_any = PAGE_PRESENT | PAGE_SWAPPED, .return_mask = PAGE_WATCHABLE};
  return ioctl(tracking->pages, PAGEMAP_SCAN, &scan) == 1 && regions[0].start == range.start && regions[0].end == range.end;
}

int memory_read(void *destination, const uintptr_t *places, size_t place_count, size_t count) {
  char *next = destination;
  while (place_count > 0) {
    struct iovec remote[64];
    size_t batch = place_count < 64 ? place_count : 64;
    for (size_t index = 0; index < batch; index++) remote[index] = (struct iovec){(void *)places[index], count};
    struct iovec local = {next, batch * count};
    if (process_vm_readv(getpid(), &local, 1, remote, batch, 0) != (ssize_t)(batch * count)) return -1;
    next += batch * count;
    places += batch;
    place_count -= batch;
  }
  return 0;
}

int memory_is_private(MemoryRange range) {
  FILE *maps = fopen("/proc/self/maps", "re");
  if (!maps) return 0;
  char line[PATH_MAX + 256];
  uintptr_t reached = range.start;
  while (reached < range.end && fgets(line, sizeof line, maps)) {
    uintptr_t start, end;
    unsigned long inode;
    char mode[5];
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %lu", &start, &end, mode, &inode) != 4) break;
    if (end <= reached) continue;
    if (start > reached || mode[3] != 'p' || inode != 0) break;
    reached = end;
  }
  fclose(maps);
  return reached >= range.end;
}
