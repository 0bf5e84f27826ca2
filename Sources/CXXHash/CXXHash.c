#include "CXXHash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static florpy_hash128 in_parts(XXH128_hash_t hash) {
  return (florpy_hash128){.high = hash.high64, .low = hash.low64};
}

florpy_hash128 florpy_hash(const void *bytes, size_t count) { return in_parts(XXH3_128bits(bytes, count)); }

uint64_t florpy_hash64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

florpy_hash_stream *florpy_hash_stream_new(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state != NULL) XXH3_128bits_reset(state);
  return (florpy_hash_stream *)state;
}

void florpy_hash_stream_update(florpy_hash_stream *stream, const void *bytes, size_t count) {
  XXH3_128bits_update((XXH3_state_t *)stream, bytes, count);
}

florpy_hash128 florpy_hash_stream_digest(const florpy_hash_stream *stream) {
  return in_parts(XXH3_128bits_digest((const XXH3_state_t *)stream));
}

void florpy_hash_stream_free(florpy_hash_stream *stream) { XXH3_freeState((XXH3_state_t *)stream); }
