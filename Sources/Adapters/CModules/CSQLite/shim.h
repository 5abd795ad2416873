// SQLite 3, with what Swift cannot import: the destructor constants and calls with a variable argument list.
#pragma once
#include <sqlite3.h>

static inline sqlite3_destructor_type callfs_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Each connection is used by one thread at a time, so SQLite need not lock them, and nobody reads its count
/// of allocated memory, which would cost a global lock at every allocation. Before any connection; returns a
/// result code.
static inline int callfs_sqlite_configure(void) {
    int result = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    return result == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) : result;
}
