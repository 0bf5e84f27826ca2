// Live memory of this process: which pages were written, and reads that no unmapping can turn into a crash.
#ifndef FLORPY_CMEMORY_H
#define FLORPY_CMEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Two descriptors of the kernel's.
typedef struct {
  int faults;
  int pages;
} MemoryTracking;

typedef struct {
  uintptr_t start;
  uintptr_t end;
} MemoryRange;

/// 0, or -1 where the kernel does not offer what the other functions need (Linux 6.7 does).
int memory_tracking_open(MemoryTracking *tracking);
void memory_tracking_close(const MemoryTracking *tracking);

// Ranges are whole pages.

/// Makes `range` such that its writes can be told. 0 or -1.
int memory_tracking_add(const MemoryTracking *tracking, MemoryRange range);
void memory_tracking_remove(const MemoryTracking *tracking, MemoryRange range);

/// Begins to watch pages from `range->start` on, and gives those that were written since they were last watched, at most
/// `capacity` ranges of them; each page is asked and watched in one step. `range->start` becomes where to go on. -1: an error.
ssize_t memory_tracking_watch(const MemoryTracking *tracking, MemoryRange *range, MemoryRange *written, size_t capacity);

/// Whether every page of `range` is there and was not written since `memory_tracking_watch`.
int memory_tracking_is_unwritten(const MemoryTracking *tracking, MemoryRange range);

/// Copies `count` bytes from each of `place_count` places, one after the other. 0, or -1 where a byte could not be read.
int memory_read(void *destination, const uintptr_t *places, size_t place_count, size_t count);

/// Whether all of `range` is memory of this process alone: no file's, not shared.
int memory_is_private(MemoryRange range);

#pragma clang assume_nonnull end

#endif
