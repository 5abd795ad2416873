#define _GNU_SOURCE
#include "callfs_disk.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <sys/statvfs.h>
#include <unistd.h>

void *callfs_fork_wiped_page(size_t length) {
    void *page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return NULL;
    if (madvise(page, length, MADV_WIPEONFORK) != 0) {
        munmap(page, length);
        return NULL;
    }
    return page;
}

int callfs_random_fill(void *bytes, size_t count) {
    size_t filled = 0;
    while (filled < count) {
        ssize_t got = getrandom((char *)bytes + filled, count - filled, 0);
        if (got < 0 && errno != EINTR) return -errno;
        if (got > 0) filled += (size_t)got;
    }
    return 0;
}

int callfs_open_beneath_cached(int directory, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED,
    };
    long descriptor = syscall(SYS_openat2, directory, path, &how, sizeof how);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int callfs_rename_new(int source_directory, const char *source, int directory, const char *name) {
    return renameat2(source_directory, source, directory, name, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

void callfs_start_writeback(int file, int64_t offset, int64_t length) {
    sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE);
}

int callfs_reserve(int file, int64_t length) {
    // Asked first: a reservation that cannot succeed takes everything there is before it fails, and every
    // other writer fails meanwhile.
    struct statvfs room;
    if (fstatvfs(file, &room) == 0 && (uint64_t)length / room.f_frsize > room.f_bavail) return -ENOSPC;
    return fallocate(file, FALLOC_FL_KEEP_SIZE, 0, length) < 0 ? -errno : 0;
}

int callfs_set_attribute(int file, const char *name, const void *value, size_t size) {
    return fsetxattr(file, name, value, size, 0) < 0 ? -errno : 0;
}

const int callfs_open_path_only = O_PATH;
