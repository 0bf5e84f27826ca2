#include "CLeafCodec.h"

#include <string.h>

// The loops are simple enough for the compiler to use the widest registers that every processor of this kind has.

#define DEFINE_PLANES(NUMBER, BYTES)                                                                                      \
  static void split_##BYTES(const uint8_t *restrict items, size_t count, uint8_t *restrict planes) {                     \
    for (size_t plane = 0; plane < BYTES; plane++) {                                                                      \
      uint8_t *restrict target = planes + plane * count;                                                                  \
      for (size_t index = 0; index < count; index++) {                                                                    \
        NUMBER item;                                                                                                      \
        memcpy(&item, items + index * BYTES, BYTES);                                                                      \
        target[index] = (uint8_t)(item >> (8 * plane));                                                                   \
      }                                                                                                                   \
    }                                                                                                                     \
  }

DEFINE_PLANES(uint16_t, 2)
DEFINE_PLANES(uint32_t, 4)
DEFINE_PLANES(uint64_t, 8)

static void join_2(const uint8_t *restrict planes, size_t count, uint8_t *restrict items) {
  const uint8_t *p0 = planes, *p1 = planes + count;
  for (size_t index = 0; index < count; index++) {
    uint16_t item = (uint16_t)(p0[index] | p1[index] << 8);
    memcpy(items + index * 2, &item, 2);
  }
}

static void join_4(const uint8_t *restrict planes, size_t count, uint8_t *restrict items) {
  const uint8_t *p0 = planes, *p1 = p0 + count, *p2 = p1 + count, *p3 = p2 + count;
  for (size_t index = 0; index < count; index++) {
    uint32_t item = p0[index] | (uint32_t)p1[index] << 8 | (uint32_t)p2[index] << 16 | (uint32_t)p3[index] << 24;
    memcpy(items + index * 4, &item, 4);
  }
}

static void join_8(const uint8_t *restrict planes, size_t count, uint8_t *restrict items) {
  for (size_t index = 0; index < count; index++) {
    uint64_t item = 0;
    for (size_t plane = 0; plane < 8; plane++) item |= (uint64_t)planes[plane * count + index] << (8 * plane);
    memcpy(items + index * 8, &item, 8);
  }
}

void florpy_planes_split(const void *items, size_t count, size_t item_bytes, void *planes) {
  switch (item_bytes) {
  case 2: split_2(items, count, planes); break;
  case 4: split_4(items, count, planes); break;
  case 8: split_8(items, count, planes); break;
  default: memcpy(planes, items, count * item_bytes);
  }
}

void florpy_planes_join(const void *planes, size_t count, size_t item_bytes, void *items) {
  switch (item_bytes) {
  case 2: join_2(planes, count, items); break;
  case 4: join_4(planes, count, items); break;
  case 8: join_8(planes, count, items); break;
  default: memcpy(items, planes, count * item_bytes);
  }
}

// Of a float, the numbers between it and another are as many as the floats between them. Undone by itself reversed.
#define DEFINE_DIFFERENCE(NUMBER, BITS)                                                                                   \
  static inline NUMBER ordered_##BITS(NUMBER item) {                                                                      \
    NUMBER sign = (NUMBER)(item >> (BITS - 1));                                                                           \
    return item ^ ((NUMBER)(0 - sign) | (NUMBER)1 << (BITS - 1));                                                         \
  }                                                                                                                       \
  static inline NUMBER unordered_##BITS(NUMBER item) {                                                                    \
    NUMBER sign = (NUMBER)(item >> (BITS - 1)) ^ 1;                                                                       \
    return item ^ ((NUMBER)(0 - sign) | (NUMBER)1 << (BITS - 1));                                                         \
  }                                                                                                                       \
  /* Two's complement to the sign and nearly the magnitude, or back. */                                                  \
  static inline NUMBER folded_##BITS(NUMBER item) {                                                                       \
    NUMBER sign = (NUMBER)(item >> (BITS - 1));                                                                           \
    return item ^ ((NUMBER)(0 - sign) & (NUMBER)~((NUMBER)1 << (BITS - 1)));                                              \
  }                                                                                                                       \
  static void take_##BITS(                                                                                                \
      const uint8_t *restrict items, const uint8_t *restrict earlier, size_t count, uint8_t *restrict differences) {      \
    for (size_t offset = 0; offset < count * sizeof(NUMBER); offset += sizeof(NUMBER)) {                                  \
      NUMBER item, other;                                                                                                 \
      memcpy(&item, items + offset, sizeof item);                                                                         \
      memcpy(&other, earlier + offset, sizeof other);                                                                     \
      item = folded_##BITS((NUMBER)(ordered_##BITS(item) - ordered_##BITS(other)));                                       \
      memcpy(differences + offset, &item, sizeof item);                                                                   \
    }                                                                                                                     \
  }                                                                                                                       \
  static void apply_##BITS(uint8_t *restrict items, const uint8_t *restrict differences, size_t count) {                  \
    for (size_t offset = 0; offset < count * sizeof(NUMBER); offset += sizeof(NUMBER)) {                                  \
      NUMBER item, difference;                                                                                            \
      memcpy(&item, items + offset, sizeof item);                                                                         \
      memcpy(&difference, differences + offset, sizeof difference);                                                       \
      item = unordered_##BITS((NUMBER)(ordered_##BITS(item) + folded_##BITS(difference)));                                \
      memcpy(items + offset, &item, sizeof item);                                                                         \
    }                                                                                                                     \
  }

DEFINE_DIFFERENCE(uint8_t, 8)
DEFINE_DIFFERENCE(uint16_t, 16)
DEFINE_DIFFERENCE(uint32_t, 32)
DEFINE_DIFFERENCE(uint64_t, 64)

void florpy_difference_take(
    const void *items, const void *earlier, size_t count, size_t item_bytes, void *differences) {
  switch (item_bytes) {
  case 2: take_16(items, earlier, count, differences); break;
  case 4: take_32(items, earlier, count, differences); break;
  case 8: take_64(items, earlier, count, differences); break;
  default: take_8(items, earlier, count * item_bytes, differences);
  }
}

void florpy_difference_apply(void *items, const void *differences, size_t count, size_t item_bytes) {
  switch (item_bytes) {
  case 2: apply_16(items, differences, count); break;
  case 4: apply_32(items, differences, count); break;
  case 8: apply_64(items, differences, count); break;
  default: apply_8(items, differences, count * item_bytes);
  }
}
