#include <stdlib.h>
#include <string.h>

#include "WalkParts.h"

static const size_t FIRST_CAPACITY = 4096;

static int no_memory(void) {
  cpython_symbols()->PyErr_SetString(cpython_symbols()->PyExc_MemoryError, "no memory for the walk over the state");
  return -1;
}

static struct place *place_of(const struct table *table, uint64_t key, uint64_t second) {
  uint64_t hash = (key ^ second << 20) * 0x9E3779B97F4A7C15;
  size_t index = (hash ^ hash >> 32) & (table->capacity - 1);
  while (table->places[index].number && (table->places[index].key != key || table->places[index].second != second))
    index = (index + 1) & (table->capacity - 1);
  return &table->places[index];
}

int64_t table_find(const struct table *table, uint64_t key, uint64_t second) {
  return table->capacity ? place_of(table, key, second)->number - 1 : -1;
}

static int grow(struct table *table) {
  struct table larger = {.capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY, .count = table->count};
  if (!(larger.places = calloc(larger.capacity, sizeof *larger.places))) return no_memory();
  for (size_t index = 0; index < table->capacity; index++) {
    struct place *old = &table->places[index];
    if (old->number) *place_of(&larger, old->key, old->second) = *old;
  }
  free(table->places);
  *table = larger;
  return 0;
}

int table_add(struct table *table, uint64_t key, uint64_t second, int64_t number) {
  if (2 * (table->count + 1) > table->capacity && grow(table)) return -1;
  *place_of(table, key, second) = (struct place){key, second, number + 1};
  table->count++;
  return 0;
}

int array_grow(void **items, size_t count, size_t *capacity, size_t item_bytes) {
  if (count < *capacity) return 0;
  size_t larger = *capacity ? 2 * *capacity : FIRST_CAPACITY;
  void *moved = realloc(*items, larger * item_bytes);
  if (!moved) return no_memory();
  *items = moved;
  *capacity = larger;
  return 0;
}
