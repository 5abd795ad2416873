#ifndef CKERNEL_H
#define CKERNEL_H

#include <stdint.h>

// System calls on behalf of one thread. The wrappers of glibc change the credentials of every thread of the
// process (nptl(7)); these change those of the caller alone, as the kernel has it. All return 0 or -errno.

/// UTIME_OMIT of utimensat(2): this time stays.
enum { ckernel_utime_omit = (1 << 30) - 2 };

/// Opens a place in the tree and nothing of what is there (O_PATH of open(2)).
enum { ckernel_path_only = 010000000 };

/// Gives the calling thread a root directory, a working directory and a umask (022) of its own
/// (unshare(2), CLONE_FS). It cannot be taken back: the thread is to end with its work.
int ckernel_enter(const char *root);

/// Makes the calling thread, which is the superuser's, act as somebody else, with no capabilities left unless
/// that is the superuser too. The saved ids stay 0, so that it can come back.
int ckernel_become(uint32_t user, uint32_t group, const uint32_t *groups, int count);

/// Makes the calling thread the superuser's again.
int ckernel_return(void);

/// rename(2); without `replaces`, as renameat2(2) with RENAME_NOREPLACE.
int ckernel_rename(const char *from, const char *to, int replaces);

#endif
