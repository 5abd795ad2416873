// zlib: deflate with gzip's wrapping.
#pragma once
#include <zlib.h>

// A macro that Swift cannot import: it passes the version that the caller was compiled with.
static inline int callfs_deflate_init_gzip(z_stream *stream, int level, int window_bits, int memory_level) {
    // 16 more than the window asks for gzip's header and trailer.
    return deflateInit2(stream, level, Z_DEFLATED, window_bits + 16, memory_level, Z_DEFAULT_STRATEGY);
}
