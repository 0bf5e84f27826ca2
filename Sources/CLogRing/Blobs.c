#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "LogState.h"

// How much may wait for the writer, and how much memory is kept for the next ones: fresh memory is ten times as slow to copy into.
static const size_t waiting_bytes_limit = 256u << 20;
static const size_t kept_bytes_limit = 256u << 20;

// One producer, one consumer; full where the writer is behind.
enum { PLACES = 1024 };
typedef struct {
  LogBlob *places[PLACES];
  _Atomic size_t head, tail;
} Queue;

static Queue waiting, returned;
static _Atomic size_t waiting_bytes;

// The producer's own.
enum { KEPT = 64 };
static LogBlob *kept[KEPT];
static size_t kept_count, kept_bytes;

static size_t length(Queue *queue) { return atomic_load(&queue->head) - atomic_load(&queue->tail); }

static void push(Queue *queue, LogBlob *blob) {
  size_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
  queue->places[head % PLACES] = blob;
  atomic_store_explicit(&queue->head, head + 1, memory_order_release);
}

static LogBlob *pop(Queue *queue) {
  size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
  if (tail == atomic_load_explicit(&queue->head, memory_order_acquire)) return NULL;
  LogBlob *blob = queue->places[tail % PLACES];
  atomic_store_explicit(&queue->tail, tail + 1, memory_order_release);
  return blob;
}

static void dispose(LogBlob *blob) {
  free(blob->bytes);
  free(blob);
}

static void keep(LogBlob *blob) {
  if (kept_count == KEPT || kept_bytes + blob->capacity > kept_bytes_limit) {
    dispose(blob);
    return;
  }
  kept[kept_count++] = blob;
  kept_bytes += blob->capacity;
}

// The smallest kept one that is large enough, and not so large that it would be wasted.
static LogBlob *kept_for(size_t count) {
  LogBlob **best = NULL;
  for (LogBlob **one = kept; one < kept + kept_count; one++) {
    bool fits = (*one)->capacity >= count && (*one)->capacity / 4 <= count;
    if (fits && (!best || (*one)->capacity < (*best)->capacity)) best = one;
  }
  if (!best) return NULL;
  LogBlob *blob = *best;
  *best = kept[--kept_count];
  kept_bytes -= blob->capacity;
  return blob;
}

static LogBlob *fresh(size_t count) {
  LogBlob *blob = calloc(1, sizeof *blob);
  if (!blob) return NULL;
  blob->capacity = count < 4096 ? 4096 : count;
  blob->bytes = malloc(blob->capacity);
  if (blob->bytes) return blob;
  free(blob);
  return NULL;
}

LogBlob *log_blob_new(size_t count, bool *is_busy) {
  *is_busy = false;
  if (!log_state.is_forked) {
    for (LogBlob *blob; (blob = pop(&returned));) keep(blob);
    size_t bytes = atomic_load(&waiting_bytes);
    *is_busy = length(&waiting) == PLACES || length(&returned) + length(&waiting) >= PLACES - 1 ||
      (bytes > 0 && bytes + count > waiting_bytes_limit);
    if (*is_busy) return NULL;
  }
  LogBlob *blob = log_state.is_forked ? NULL : kept_for(count);
  if (!blob) blob = fresh(count);
  if (blob) blob->count = count;
  return blob;
}

void *log_blob_bytes(LogBlob *blob) { return blob->bytes; }

void log_blob_submit(LogBlob *blob) {
  // An empty one counts as well.
  atomic_fetch_add(&waiting_bytes, blob->count + 1);
  push(&waiting, blob);
}

LogBlob *log_blob_take(void) { return pop(&waiting); }

void log_blob_release(LogBlob *blob) {
  if (log_state.is_forked) {
    dispose(blob);
    return;
  }
  atomic_fetch_sub(&waiting_bytes, blob->count + 1);
  push(&returned, blob);
}

bool log_has_blobs_waiting(void) { return atomic_load(&waiting_bytes) > 0; }

size_t log_blob_record(const LogBlob *blob, uint8_t *record) {
  memcpy(record, blob->record, blob->record_count);
  return blob->record_count;
}

const char *log_blob_path(const LogBlob *blob) { return blob->path; }
