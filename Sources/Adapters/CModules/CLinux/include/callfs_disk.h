// Files, directories and memory: what the disk adapter needs and the Glibc overlay does not show to Swift.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A page-aligned, zeroed, private mapping that the kernel zeroes again in the child of a fork
/// (MADV_WIPEONFORK). NULL when there is no memory or no such advice.
void *callfs_fork_wiped_page(size_t length);

/// Fills memory with the kernel's random bytes (getrandom(2)), whatever signals arrive. Returns 0, or -errno.
int callfs_random_fill(void *bytes, size_t count);

/// openat2(2) as callfs_open_beneath does it, with RESOLVE_CACHED: reads nothing from the disk. Returns the
/// descriptor, or -errno (EAGAIN when the disk would have to be asked).
int callfs_open_beneath_cached(int directory, const char *path, int flags);

/// renameat2(2) with RENAME_NOREPLACE. Returns 0, or -errno (EINVAL when the filesystem cannot).
int callfs_rename_new(int source_directory, const char *source, int directory, const char *name);

/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: starts writing a range back and waits for nothing. It makes
/// nothing durable; it only leaves less to do for a later fsync(2). Errors are those fsync will report.
void callfs_start_writeback(int file, int64_t offset, int64_t length);

/// fallocate(2) with FALLOC_FL_KEEP_SIZE. Returns 0, or -errno.
int callfs_reserve(int file, int64_t length);

/// fsetxattr(2). Returns 0, or -errno.
int callfs_set_attribute(int file, const char *name, const void *value, size_t size);

/// O_PATH: a descriptor that names a file and opens nothing.
extern const int callfs_open_path_only;
