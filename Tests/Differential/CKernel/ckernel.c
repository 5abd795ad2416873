#define _GNU_SOURCE
#include "CKernel.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(ckernel_utime_omit == UTIME_OMIT, "as <sys/stat.h> has it");
_Static_assert(ckernel_path_only == O_PATH, "as <fcntl.h> has it");

int ckernel_enter(const char *root) {
    if (unshare(CLONE_FS) < 0 || chroot(root) < 0 || chdir("/") < 0) return -errno;
    umask(022);
    return 0;
}

int ckernel_become(uint32_t user, uint32_t group, const uint32_t *groups, int count) {
    if (syscall(SYS_setgroups, count, groups) < 0) return -errno;
    if (syscall(SYS_setresgid, group, group, 0) < 0) return -errno;
    return syscall(SYS_setresuid, user, user, 0) < 0 ? -errno : 0;
}

int ckernel_return(void) {
    // The user first: only the superuser chooses groups.
    if (syscall(SYS_setresuid, 0, 0, 0) < 0) return -errno;
    if (syscall(SYS_setresgid, 0, 0, 0) < 0) return -errno;
    return syscall(SYS_setgroups, 0, NULL) < 0 ? -errno : 0;
}

int ckernel_rename(const char *from, const char *to, int replaces) {
    unsigned int flags = replaces ? 0 : RENAME_NOREPLACE;
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags) < 0 ? -errno : 0;
}
