// SQLite 3, with the destructor constants that Swift cannot import.
#pragma once
#include <sqlite3.h>

static inline sqlite3_destructor_type callfs_sqlite_transient(void) { return SQLITE_TRANSIENT; }
