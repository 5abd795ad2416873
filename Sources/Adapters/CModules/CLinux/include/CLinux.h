// Linux calls that the Glibc overlay does not show to Swift.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "callfs_crc32c.h"
#include "callfs_disk.h"
#include "callfs_errors.h"
#include "callfs_loop.h"
#include "callfs_sockets.h"

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC. Returns the descriptor, or -errno.
int callfs_accept(int listener, void *address, uint32_t *address_length);

/// preadv2(2) of one buffer with RWF_NOWAIT. Returns the count, or -errno (EAGAIN when it would wait for the
/// disk).
ssize_t callfs_read_cached(int file, void *buffer, size_t count, int64_t offset);

/// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS. Returns the descriptor, or
/// -errno.
int callfs_open_beneath(int directory, const char *path, int flags, unsigned int mode);

/// environ(7), which Swift takes for a variable that anyone may change; here it is read at start only.
char **callfs_environment(void);
