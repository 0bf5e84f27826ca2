#include "CLeafCodec.h"

// For the choice of how literals are coded; whoever links the archive has what its header says.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

// Far below the fastest level that has a name: no match is looked for.
static const int level_of_literals = -(1 << 17);
static const int level_of_matches = 1;

florpy_compressor *florpy_compressor_new(void) { return (florpy_compressor *)ZSTD_createCCtx(); }

void florpy_compressor_free(florpy_compressor *compressor) { ZSTD_freeCCtx((ZSTD_CCtx *)compressor); }

size_t florpy_compress(
    florpy_compressor *compressor, const void *bytes, size_t count, void *output, size_t capacity, florpy_effort effort) {
  ZSTD_CCtx *context = (ZSTD_CCtx *)compressor;
  int level = effort == FLORPY_LITERALS ? level_of_literals : level_of_matches;
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
  if (capacity == 0) return 0;
  size_t length = ZSTD_compress2(context, output, capacity - 1, bytes, count);
  return ZSTD_isError(length) ? 0 : length;
}

florpy_decompressor *florpy_decompressor_new(void) { return (florpy_decompressor *)ZSTD_createDCtx(); }

void florpy_decompressor_free(florpy_decompressor *decompressor) { ZSTD_freeDCtx((ZSTD_DCtx *)decompressor); }

int florpy_decompress(
    florpy_decompressor *decompressor, const void *frame, size_t frame_count, void *output, size_t count) {
  // One frame and no more: a second one, or a frame that is skipped, is no part of the format.
  if (ZSTD_findFrameCompressedSize(frame, frame_count) != frame_count) return 0;
  return ZSTD_decompressDCtx((ZSTD_DCtx *)decompressor, output, count, frame, frame_count) == count;
}
