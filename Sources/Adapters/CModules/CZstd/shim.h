// Zstandard: streaming compression.
#pragma once
#include <zstd.h>
