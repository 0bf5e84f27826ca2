// XXH3, compiled from the header of libxxhash-dev: nothing to link, nothing to load.
#ifndef FLORPY_CXXHASH_H
#define FLORPY_CXXHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t high;
  uint64_t low;
} florpy_hash128;

typedef struct florpy_hash_stream florpy_hash_stream;

florpy_hash128 florpy_hash(const void *bytes, size_t count);

// XXH3 of 64 bits: enough to tell a torn block from a whole one.
uint64_t florpy_hash64(const void *bytes, size_t count);

// NULL where there is no memory; to be freed with florpy_hash_stream_free.
florpy_hash_stream *florpy_hash_stream_new(void);
void florpy_hash_stream_update(florpy_hash_stream *stream, const void *bytes, size_t count);
florpy_hash128 florpy_hash_stream_digest(const florpy_hash_stream *stream);
void florpy_hash_stream_free(florpy_hash_stream *stream);

#endif
