internal import CSQLite
internal import Glibc

/// The file in the data directory, before SQLite opens it and beside it.
struct DatabaseFile {
    static let name = "callfs.db"

    let path: String
    private let directory: String

    /// Makes the file when there is none, readable by its owner alone; its log inherits that.
    init(directory: String) throws(SQLiteFailure) {
        self.directory = directory
        path = directory + "/" + Self.name
        // Only a new file is opened here: closing a descriptor of one that SQLite has open would drop its
        // locks.
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file >= 0 {
            Glibc.close(file)
        } else if errno != EEXIST {
            throw Self.failure(SQLITE_CANTOPEN)
        }
    }

    /// Makes the names in the directory durable.
    func makeDurable() throws(SQLiteFailure) {
        let handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw Self.failure(SQLITE_CANTOPEN) }
        defer { Glibc.close(handle) }
        guard fsync(handle) == 0 else { throw Self.failure(ExtendedCode.directorySync) }
    }

    private static func failure(_ code: Int32) -> SQLiteFailure {
        let error = errno
        return SQLiteFailure(code: code, systemError: error, text: String(cString: strerror(error)))
    }
}

/// Room for the index of the log, taken while there is some: the index grows after the frames of a commit are
/// on stable storage, and a commit that fails then would neither have happened nor not.
final class LogIndexReserve: Sendable {
    private let file: Int32

    /// Nil when there is no room or no index yet; then the index grows as it needs.
    init?(path: String) {
        file = open(path + "-shm", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return nil }
        guard posix_fallocate(file, 0, off_t(SQLiteLimits.logIndexBytes)) == 0 else {
            Glibc.close(file)
            return nil
        }
    }

    /// Closes the file, which drops every lock that the process has on it: after all connections are closed.
    deinit { Glibc.close(file) }
}
