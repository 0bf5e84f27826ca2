#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "LogState.h"

// Records of one producer for one consumer. Positions only grow; a record never crosses the ring's end: where it would, the rest of that
// lap is left empty from `lap_end` on. The producer is at most one lap ahead, so one `lap_end` is enough.
static struct {
  uint8_t *bytes;
  /// The producer's own: behind what is reserved.
  uint64_t cursor;
  uint64_t seen_tail;
  _Alignas(64) _Atomic uint64_t head;
  _Atomic uint64_t lap_end;
  _Alignas(64) _Atomic uint64_t tail;
} ring;

static uint64_t lap_of(uint64_t position) { return position / LOG_RING_BYTES; }

void log_ring_make(void) {
  if (ring.bytes) return;
  void *bytes = mmap(NULL, LOG_RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes != MAP_FAILED) ring.bytes = bytes;
}

bool log_ring_exists(void) { return ring.bytes != NULL; }

// The writer never waits for Python, so that this ends; it goes on taking also after it has failed.
static void wait_until_free(uint64_t end) {
  while (end - ring.seen_tail > LOG_RING_BYTES) {
    ring.seen_tail = atomic_load_explicit(&ring.tail, memory_order_acquire);
    if (end - ring.seen_tail <= LOG_RING_BYTES) return;
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
  }
}

// What is reserved and not committed counts as taken, so a value with all its definitions must fit: it is below 600 kB.
static uint8_t *reserve_in_ring(size_t count) {
  uint64_t begin = ring.cursor;
  if (lap_of(begin) != lap_of(begin + count - 1)) {
    uint64_t next = (lap_of(begin) + 1) * LOG_RING_BYTES;
    wait_until_free(next + count);
    atomic_store_explicit(&ring.lap_end, begin, memory_order_relaxed);
    begin = next;
  } else {
    wait_until_free(begin + count);
    // A lap that is full to its last byte ends there.
    if ((begin + count) % LOG_RING_BYTES == 0) atomic_store_explicit(&ring.lap_end, begin + count, memory_order_relaxed);
  }
  ring.cursor = begin + count;
  return ring.bytes + begin % LOG_RING_BYTES;
}

size_t log_ring_take(uint8_t *records) {
  uint64_t tail = atomic_load_explicit(&ring.tail, memory_order_relaxed);
  uint64_t head = atomic_load_explicit(&ring.head, memory_order_acquire);
  size_t taken = 0;
  while (tail < head) {
    bool is_behind = lap_of(head) != lap_of(tail);
    uint64_t end = is_behind ? atomic_load_explicit(&ring.lap_end, memory_order_relaxed) : head;
    memcpy(records + taken, ring.bytes + tail % LOG_RING_BYTES, end - tail);
    taken += end - tail;
    tail = is_behind ? (lap_of(tail) + 1) * LOG_RING_BYTES : end;
  }
  atomic_store_explicit(&ring.tail, tail, memory_order_release);
  return taken;
}

// A forked child's records before they are written: they are few, and wait for nothing.
enum { DIRECT_BYTES = 1 << 20 };
static struct {
  uint8_t *block;
  size_t count;
  int descriptor;
  uint32_t generation;
} direct = {.descriptor = -1};

static void write_directly(void) {
  if (direct.count == 0) return;
  if (direct.descriptor < 0) direct.descriptor = log_file_open();
  if (direct.descriptor < 0 || log_file_append(direct.descriptor, direct.block, direct.count)) log_shut();
  direct.count = 0;
}

static uint8_t *reserve_directly(size_t count) {
  if (direct.generation != log_state.generation) {
    // What was opened before this process was forked is its parent's.
    direct.generation = log_state.generation;
    direct.descriptor = -1;
    direct.count = 0;
  }
  if (!direct.block) direct.block = malloc(LOG_BLOCK_HEAD_BYTES + DIRECT_BYTES);
  if (!direct.block) abort();
  if (direct.count + count > DIRECT_BYTES) write_directly();
  uint8_t *room = direct.block + LOG_BLOCK_HEAD_BYTES + direct.count;
  direct.count += count;
  return room;
}

void log_blob_put_directly(LogBlob *blob) {
  if (log_blob_store(blob) == 0) {
    memcpy(log_reserve(blob->record_count), blob->record, blob->record_count);
    log_commit();
  } else {
    log_shut();
  }
  log_blob_release(blob);
}

uint8_t *log_reserve(size_t count) { return log_state.is_forked ? reserve_directly(count) : reserve_in_ring(count); }

void log_commit(void) {
  if (log_state.is_forked) write_directly();
  else atomic_store_explicit(&ring.head, ring.cursor, memory_order_release);
}
