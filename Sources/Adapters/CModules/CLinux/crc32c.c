#include "callfs_crc32c.h"
#include <string.h>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

// Eight tables of one byte each, for eight bytes a step ("slicing-by-8", Kounavis and Berry 2005).
static uint32_t tables[8][256];

__attribute__((constructor)) static void make_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        // The polynomial 0x1EDC6F41, its bits reversed.
        for (int bit = 0; bit < 8; bit++) remainder = remainder >> 1 ^ (remainder & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = remainder;
    }
    for (int table = 1; table < 8; table++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][before & 0xFF];
        }
}

uint32_t callfs_crc32c_by_tables(uint32_t before, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint32_t sum = ~before;
    while (count >= 8) {
        uint32_t low = sum ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16
                              | (uint32_t)next[3] << 24);
        sum = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF]
            ^ tables[4][low >> 24] ^ tables[3][next[4]] ^ tables[2][next[5]] ^ tables[1][next[6]]
            ^ tables[0][next[7]];
        next += 8;
        count -= 8;
    }
    while (count-- > 0) sum = sum >> 8 ^ tables[0][(sum ^ *next++) & 0xFF];
    return ~sum;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(
    uint32_t before, const unsigned char *next, size_t count) {
    uint64_t sum = (uint32_t)~before;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        sum = _mm_crc32_u64(sum, word);
        next += 8;
        count -= 8;
    }
    while (count-- > 0) sum = _mm_crc32_u8((uint32_t)sum, *next++);
    return ~(uint32_t)sum;
}
#endif

uint32_t callfs_crc32c(uint32_t before, const void *bytes, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return by_instruction(before, bytes, count);
#endif
    return callfs_crc32c_by_tables(before, bytes, count);
}
