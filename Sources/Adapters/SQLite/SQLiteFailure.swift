internal import CSQLite
internal import Glibc
internal import Ports

/// Extended result codes that Swift cannot import (sqlite.org/rescode.html, section 6).
enum ExtendedCode {
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let directorySync = SQLITE_IOERR | 5 << 8
    static let indexSize = SQLITE_IOERR | 19 << 8
}

/// What SQLite answered instead of doing what it was asked. The text is for logs.
struct SQLiteFailure: Error, CustomStringConvertible {
    enum Kind {
        /// No room for the change; it can be rolled back and tried again.
        case full
        /// A sync failed: what is on the disk is unknown, and asking again may lie (fsync(2), "PostgreSQL's
        /// fsync surprise", 2018).
        case syncLost
        case corrupt
        case other
    }

    /// The extended result code.
    let code: Int32
    /// errno of the call that failed, where there was one.
    let systemError: Int32
    let text: String

    init(code: Int32, systemError: Int32 = 0, text: String) {
        self.code = code
        self.systemError = systemError
        self.text = text
    }

    /// The latest failure of a connection.
    init(of connection: OpaquePointer?) {
        code = sqlite3_extended_errcode(connection)
        let known = sqlite3_system_errno(connection)
        // A failed COMMIT rolls back before SQLite takes note of errno; the log's file still knows it.
        systemError = known == 0 && code & 0xFF == SQLITE_IOERR ? Self.logError(of: connection) : known
        text = String(cString: sqlite3_errmsg(connection))
    }

    private static func logError(of connection: OpaquePointer?) -> Int32 {
        var log: UnsafeMutablePointer<sqlite3_file>?
        var error: Int32 = 0
        guard sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK,
            let log, let methods = log.pointee.pMethods
        else { return 0 }
        _ = methods.pointee.xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error)
        return error
    }

    /// A row that this program cannot have written.
    static func corrupt(_ text: String) -> Self { Self(code: SQLITE_CORRUPT, text: text) }

    var kind: Kind {
        let isNoRoom = systemError == ENOSPC || systemError == EDQUOT
        switch code & 0xFF {
        case SQLITE_FULL: return .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt
        case SQLITE_IOERR where code == ExtendedCode.sync || code == ExtendedCode.directorySync:
            return .syncLost
        case SQLITE_IOERR where isNoRoom || code == ExtendedCode.indexSize: return .full
        default: return .other
        }
    }

    /// Whether a COMMIT that failed like this certainly left nothing behind. The frame that commits is the
    /// last that is written, so a write for which there was no room did not commit; but the index of the log
    /// grows after the frames were synced, and any other error may have come after them as well.
    var isCertainlyNotCommitted: Bool {
        code & 0xFF == SQLITE_FULL
            || code == ExtendedCode.write && (systemError == ENOSPC || systemError == EDQUOT)
    }

    /// What a caller who only read is told.
    var readError: MetadataError { kind == .corrupt ? .corrupt : .unavailable }

    var description: String { "SQLite \(code), errno \(systemError): \(text)" }
}
