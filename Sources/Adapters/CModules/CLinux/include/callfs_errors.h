// What the kernel's error numbers mean.
#pragma once
#include <stddef.h>

/// Writes the text of an error number of the kernel, terminated, at most `capacity` bytes. Safe from any
/// thread.
void callfs_error_text(int error_number, char *text, size_t capacity);
