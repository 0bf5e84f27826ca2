// Bytes of numbers made ready for compression, and libzstd, linked from its archive: nothing to load.
#ifndef FLORPY_CLEAFCODEC_H
#define FLORPY_CLEAFCODEC_H

#include <stddef.h>
#include <stdint.h>

// Items are little-endian numbers of 1, 2, 4 or 8 bytes. Nothing here has to be aligned.

// `planes` gets the first byte of every item, then the second of every item, and so on.
void florpy_planes_split(const void *items, size_t count, size_t item_bytes, void *planes);
void florpy_planes_join(const void *planes, size_t count, size_t item_bytes, void *items);

// What each item differs from an earlier one, as numbers of which the sign is the highest bit and the others are zero from the
// top where the difference is small. Floats are ordered as their values are first, so that neighbours differ by one.
void florpy_difference_take(const void *items, const void *earlier, size_t count, size_t item_bytes, void *differences);
// Makes `items`, which are earlier ones, later by `differences`.
void florpy_difference_apply(void *items, const void *differences, size_t count, size_t item_bytes);

typedef struct florpy_compressor florpy_compressor;
typedef struct florpy_decompressor florpy_decompressor;

typedef enum {
  FLORPY_LITERALS, // Huffman codes alone: what numbers have is in how often each byte comes
  FLORPY_MATCHES,  // also what repeats
} florpy_effort;

// NULL where there is no memory.
florpy_compressor *florpy_compressor_new(void);
void florpy_compressor_free(florpy_compressor *compressor);
// The length of one zstd frame in `output`; 0 where it would take `capacity` bytes or more.
size_t florpy_compress(
    florpy_compressor *compressor, const void *bytes, size_t count, void *output, size_t capacity, florpy_effort effort);

florpy_decompressor *florpy_decompressor_new(void);
void florpy_decompressor_free(florpy_decompressor *decompressor);
// Whether `frame` is one zstd frame of exactly `count` bytes, which are in `output` then. Never writes behind them.
int florpy_decompress(
    florpy_decompressor *decompressor, const void *frame, size_t frame_count, void *output, size_t count);

#endif
