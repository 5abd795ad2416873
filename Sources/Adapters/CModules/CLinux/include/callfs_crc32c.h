// CRC32c, which OpenSSL does not have.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The CRC32c (RFC 9260 appendix A) of what was summed up before and of these bytes; 0 for the start. Uses
/// the instruction of SSE 4.2 where the processor has it.
uint32_t callfs_crc32c(uint32_t before, const void *bytes, size_t count);

/// The same by tables, on every processor.
uint32_t callfs_crc32c_by_tables(uint32_t before, const void *bytes, size_t count);
