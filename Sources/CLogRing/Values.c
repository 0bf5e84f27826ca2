#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "LogState.h"

LogState log_state;

enum { TIME = 2, NAME = 3, POSITION = 4, VALUE = 5 };
enum { HAS_STEP = 64, IS_ARGUMENT = 128 };
enum { HEAD_BYTES = 8, VALUE_BYTES = 16 };

int64_t log_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// MARK: Where values go

// The child has no writer's threads. Nothing is opened or allocated here: it may never log.
static void become_forked(void) {
  if (!log_state.is_open) return;
  log_state.is_forked = true;
  log_state.generation++;
  log_state.opened = log_state.clock = log_now();
}

static int make_folder(const char *path) { return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno; }

int log_open(const char *folder, const char *blobs, bool is_replay, bool is_forked) {
  static bool is_watching;
  int failure = make_folder(folder);
  if (!failure) failure = make_folder(blobs);
  if (failure) return failure;
  if (strlen(folder) >= PATH_MAX - 64 || strlen(blobs) >= PATH_MAX - 64) return ENAMETOOLONG;
  log_ring_make();
  if (!log_ring_exists()) return ENOMEM;
  strcpy(log_state.folder, folder);
  strcpy(log_state.blobs, blobs);
  if (!is_watching && pthread_atfork(NULL, NULL, become_forked)) return ENOMEM;
  is_watching = true;
  log_state.is_replay = is_replay;
  log_state.is_forked = is_forked;
  log_state.generation++;
  log_state.opened = log_state.clock = log_now();
  log_state.is_open = true;
  return 0;
}

bool log_is_open(void) { return log_state.is_open; }

void log_shut(void) { log_state.is_open = false; }

bool log_is_forked(void) { return log_state.is_forked; }

// MARK: Names

struct LogName {
  LogName *next;
  uint32_t number, generation;
  uint32_t count;
  char text[];
};

enum { BUCKETS = 4096 };
static LogName *names[BUCKETS];
// How many are defined in the file of that generation.
static uint32_t defined_names, defined_positions, defined_generation;

LogName *log_name(const char *text, size_t count) {
  if (count > LOG_RECORD_TEXT_BYTES) count = LOG_RECORD_TEXT_BYTES;
  uint32_t hash = 2166136261u;
  for (size_t place = 0; place < count; place++) hash = (hash ^ (uint8_t)text[place]) * 16777619u;
  LogName **bucket = &names[hash % BUCKETS];
  for (LogName *name = *bucket; name; name = name->next)
    if (name->count == count && !memcmp(name->text, text, count)) return name;
  LogName *name = calloc(1, sizeof *name + count);
  if (!name) return NULL;
  name->count = (uint32_t)count;
  memcpy(name->text, text, count);
  name->next = *bucket;
  *bucket = name;
  return name;
}

static size_t padded(size_t count) { return (count + 7) & ~(size_t)7; }

static uint8_t *begin_record(int kind, int type, size_t count, uint32_t number) {
  uint8_t *record = log_reserve(count);
  const uint16_t units = (uint16_t)(count / 8);
  record[0] = (uint8_t)kind;
  record[1] = (uint8_t)type;
  memcpy(record + 2, &units, 2);
  memcpy(record + 4, &number, 4);
  return record;
}

// The bytes that fill a record up are zeros.
static void put_counted(uint8_t *place, const void *text, size_t count) {
  const uint32_t length = (uint32_t)count;
  size_t end = padded(4 + count);
  memset(place + end - 8, 0, 8);
  memcpy(place, &length, 4);
  memcpy(place + 4, text, count);
}

static void enter_generation(void) {
  if (defined_generation == log_state.generation) return;
  defined_generation = log_state.generation;
  defined_names = defined_positions = 0;
}

static uint32_t number_of_name(LogName *name) {
  if (name->generation == log_state.generation) return name->number;
  enter_generation();
  name->number = ++defined_names;
  name->generation = log_state.generation;
  put_counted(begin_record(NAME, 0, HEAD_BYTES + padded(4 + name->count), name->number) + HEAD_BYTES, name->text, name->count);
  return name->number;
}

// MARK: Loops and positions

typedef struct {
  bool is_open;
  int outer;
  LogName *name;
  int64_t index;
  int item_type;
  uint32_t item_count;
  uint8_t item[LOG_ITEM_TEXT_BYTES];
  /// Of this iteration, where it is defined in the file of that generation.
  uint32_t position, generation;
} Loop;

enum { LOOPS = 4096 };
static Loop loops[LOOPS];
static int free_hint;
static _Thread_local int innermost = -1;

int log_loop_begin(const char *text, size_t count) {
  LogName *name = log_name(text, count);
  for (int tried = 0; name && tried < LOOPS; tried++) {
    int number = (free_hint + tried) % LOOPS;
    Loop *loop = &loops[number];
    if (loop->is_open) continue;
    free_hint = number;
    *loop = (Loop){.is_open = true, .outer = innermost, .name = name, .index = -1};
    innermost = number;
    return number;
  }
  return -1;
}

void log_loop_next(int number, int64_t index, int type, const void *item, size_t count) {
  if (number < 0) return;
  Loop *loop = &loops[number];
  loop->index = index;
  loop->item_type = type;
  loop->item_count = (uint32_t)count;
  if (count) memcpy(loop->item, item, count);
  loop->generation = 0;
  // What is still open inside of it, as of loops that go on side by side, is at another position from here on.
  for (int inner = innermost; inner >= 0 && inner != number; inner = loops[inner].outer) loops[inner].generation = 0;
}

// Mostly the innermost; generators that were left behind may end later than what is around them.
void log_loop_end(int number) {
  if (number < 0 || !loops[number].is_open) return;
  loops[number].is_open = false;
  free_hint = number;
  if (innermost == number) {
    innermost = loops[number].outer;
    return;
  }
  for (int inner = innermost; inner >= 0; inner = loops[inner].outer)
    if (loops[inner].outer == number) {
      loops[inner].outer = loops[number].outer;
      return;
    }
}

static uint32_t define_position(Loop *loop) {
  uint32_t outer = loop->outer < 0 ? 0 : loops[loop->outer].position;
  uint32_t name = number_of_name(loop->name);
  size_t item_bytes = loop->item_type == LOG_NONE ? 0 : loop->item_type == LOG_TEXT ? padded(4 + loop->item_count) : 8;
  enter_generation();
  loop->position = ++defined_positions;
  loop->generation = log_state.generation;
  uint8_t *record = begin_record(POSITION, loop->item_type, 24 + item_bytes, loop->position);
  memcpy(record + 8, &outer, 4);
  memcpy(record + 12, &name, 4);
  memcpy(record + 16, &loop->index, 8);
  if (loop->item_type == LOG_TEXT) put_counted(record + 24, loop->item, loop->item_count);
  else if (item_bytes) memcpy(record + 24, loop->item, 8);
  return loop->position;
}

// Positions are defined when something is logged there, the outer ones first.
static uint32_t define_positions(int number) {
  Loop *path[64];
  int depth = 0;
  for (int one = number; one >= 0 && depth < 64; one = loops[one].outer) {
    if (loops[one].generation == log_state.generation && depth == 0) return loops[one].position;
    path[depth++] = &loops[one];
  }
  // Where an outer one went on, what is inside of it is another position.
  bool is_outer_new = false;
  while (depth-- > 0) {
    is_outer_new |= path[depth]->generation != log_state.generation;
    if (is_outer_new) define_position(path[depth]);
  }
  return loops[number].position;
}

static uint32_t present_position(void) {
  if (innermost < 0) return 0;
  return define_positions(innermost);
}

// MARK: Values

// What a value begins with; `type` has the flags.
static size_t put_value_head(uint8_t *record, const LogSubject *subject, uint32_t position, int64_t now) {
  const uint32_t elapsed = now < log_state.clock ? 0 : (uint32_t)((now - log_state.clock) / 1000);
  memcpy(record + 8, &position, 4);
  memcpy(record + 12, &elapsed, 4);
  if (!subject->has_step) return VALUE_BYTES;
  memcpy(record + VALUE_BYTES, &subject->step, 8);
  return VALUE_BYTES + 8;
}

static int64_t set_clock(void) {
  int64_t now = log_now(), elapsed = now - log_state.clock;
  if (elapsed < 0 || elapsed / 1000 > UINT32_MAX) {
    log_state.clock = now;
    memcpy(begin_record(TIME, 0, 16, 0) + HEAD_BYTES, &now, 8);
  }
  return now;
}

// The record of a value with room for `count` bytes of payload. Returns where that goes.
static uint8_t *begin_value_at(const LogSubject *subject, LogPlace place, int type, size_t count) {
  uint32_t name = number_of_name(subject->name);
  size_t bytes = VALUE_BYTES + (subject->has_step ? 8 : 0) + padded(count);
  int flags = (subject->has_step ? HAS_STEP : 0) | (subject->is_argument ? IS_ARGUMENT : 0);
  uint8_t *record = begin_record(VALUE, type | flags, bytes, name);
  return record + put_value_head(record, subject, place.position, place.nanoseconds);
}

LogPlace log_place(void) {
  LogPlace place = {.position = present_position()};
  place.nanoseconds = set_clock();
  return place;
}

static uint8_t *begin_value(const LogSubject *subject, int type, size_t count) {
  return begin_value_at(subject, log_place(), type, count);
}

void log_put_word(const LogSubject *subject, int type, uint64_t word) {
  if (!log_state.is_open) return;
  log_put_late_word(subject, log_place(), type, word);
}

void log_put_late_word(const LogSubject *subject, LogPlace place, int type, uint64_t word) {
  if (!log_state.is_open) return;
  uint8_t *payload = begin_value_at(subject, place, type, type == LOG_NONE ? 0 : 8);
  if (type != LOG_NONE) memcpy(payload, &word, 8);
  log_commit();
}

void log_put_text(const LogSubject *subject, int type, const char *text, size_t count) {
  if (!log_state.is_open) return;
  uint8_t *payload = begin_value(subject, type, 4 + count);
  put_counted(payload, text, count);
  log_commit();
}

void log_put_other(const LogSubject *subject, const char *type, size_t type_count, const char *text, size_t count) {
  if (!log_state.is_open) return;
  const uint32_t lengths[2] = {(uint32_t)type_count, (uint32_t)count};
  uint8_t *payload = begin_value(subject, LOG_OTHER, 8 + type_count + count);
  memset(payload + padded(8 + type_count + count) - 8, 0, 8);
  memcpy(payload, lengths, 8);
  memcpy(payload + 8, type, type_count);
  memcpy(payload + 8 + type_count, text, count);
  log_commit();
}

void log_put_blob(const LogSubject *subject, const LogShape *shape, LogBlob *blob) {
  if (!log_state.is_open) {
    log_blob_release(blob);
    return;
  }
  // The definitions go first, through the ring; the record itself follows when the bytes are stored.
  uint32_t name = number_of_name(subject->name), position = present_position();
  // It may come behind a `time` record that is later than it is: so it has a time of its own.
  int64_t now = log_now();
  log_commit();
  const uint64_t bytes = blob->count;
  const uint16_t type_count = (uint16_t)strlen(shape->item_type);
  memset(blob->record, 0, sizeof blob->record);
  uint8_t *record = blob->record, *payload = record + put_value_head(record, subject, position, log_state.clock);
  blob->hash_at = (size_t)(payload - record);
  memcpy(payload + 16, &bytes, 8);
  memcpy(payload + 24, &now, 8);
  payload[32] = (uint8_t)shape->kind;
  payload[33] = (uint8_t)shape->dimension_count;
  memcpy(payload + 34, &type_count, 2);
  memcpy(payload + 40, shape->dimensions, 8 * (size_t)shape->dimension_count);
  memcpy(payload + 40 + 8 * shape->dimension_count, shape->item_type, type_count);
  blob->record_count = padded(blob->hash_at + 40 + 8 * (size_t)shape->dimension_count + type_count);
  const uint16_t units = (uint16_t)(blob->record_count / 8);
  record[0] = VALUE;
  record[1] = (uint8_t)(LOG_BLOB | (subject->has_step ? HAS_STEP : 0) | (subject->is_argument ? IS_ARGUMENT : 0));
  memcpy(record + 2, &units, 2);
  memcpy(record + 4, &name, 4);
  if (log_state.is_forked) log_blob_put_directly(blob);
  else log_blob_submit(blob);
}
