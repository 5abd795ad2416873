/// The verbs of a POSIX filesystem below one root directory, which is all that LocalFS needs of a disk. Paths
/// are relative, of plain names joined by `/` (see `DiskPath`); the empty path is the root where a directory
/// is wanted. No access ever leaves the root or follows a symbolic link.
///
/// Nothing is durable until it was synced: a file's bytes by `DiskFile.sync`, a name (created, renamed,
/// removed) by `syncDirectory` of the directory that holds it. A crash may lose any subset of what was not.
/// Returns promptly after cancellation, except that a system call that has begun is waited for, and that
/// `remove` and `unlock` are carried out in a cancelled task too, because that is where cleaning up is done.
package protocol Disk: Sendable {
    /// Opens for reading.
    func open(_ path: String) async throws(DiskError) -> any DiskFile

    /// Creates for writing; `.exists` when the name is taken. Mode 0600.
    func create(_ path: String) async throws(DiskError) -> any DiskFile

    /// Creates a directory, mode 0700; `.exists` when the name is taken.
    func makeDirectory(_ path: String) async throws(DiskError)

    /// Gives a file another name; atomic. `.exists` when that name is taken.
    func rename(_ source: String, to destination: String) async throws(DiskError)

    /// Removes a file's name; who has the file open keeps it. Done in a cancelled task too.
    func remove(_ path: String) async throws(DiskError)

    /// The names in a directory, in no order, without `.` and `..`.
    func names(in directory: String) async throws(DiskError) -> [String]

    /// Makes the names in a directory durable. After an error the names changed since the last sync are in
    /// doubt for ever: a second sync may succeed without having written them.
    func syncDirectory(_ path: String) async throws(DiskError)

    /// Takes the exclusive lock of a file, creating it; held until the process ends or `unlock`. `.locked`
    /// when another process, or another `Disk` value, has it.
    func lock(_ path: String) async throws(DiskError)

    /// Gives the lock back, if this value holds it.
    func unlock(_ path: String) async

    /// The size of a file; nil when there is none.
    func size(of path: String) async throws(DiskError) -> UInt64?

    func space() async throws(DiskError) -> DiskSpace
}

/// An open file. Reads may run at the same time; everything else is confined to one task. A file that is no
/// longer referenced closes itself.
package protocol DiskFile: AnyObject, Sendable {
    /// The size when it was opened for reading, or what was written so far.
    var size: UInt64 { get }

    /// Appends bytes from `offset` on to `buffer`, at most `limit`, at least one unless the file ends there;
    /// returns how many. `limit` is positive and `buffer` has free space.
    func read(into buffer: ByteBuffer, at offset: UInt64, limit: Int) async throws(DiskError) -> Int

    /// Writes all readable bytes of `buffer` at `offset` and leaves the buffer as it is.
    func write(_ buffer: ByteBuffer, at offset: UInt64) async throws(DiskError)

    /// Reserves room, so that a later write does not fail for want of it; `.full` when there is none. May do
    /// nothing.
    func preallocate(_ length: UInt64) async throws(DiskError)

    /// Makes the bytes written so far durable. After an error the file's content is unknown for ever: a
    /// second sync may succeed without having written anything (fsync(2), "PostgreSQL's fsync surprise",
    /// 2018). Discard the file.
    func sync() async throws(DiskError)

    /// Attaches a named value (user.*), where the filesystem has them; otherwise does nothing.
    func setAttribute(_ name: String, _ value: [UInt8]) async throws(DiskError)

    /// Gives the descriptor back. Safe to repeat; nothing else is called afterwards.
    func close()
}

package struct DiskSpace: Sendable, Equatable {
    package let totalBytes: UInt64
    package let freeBytes: UInt64

    package init(totalBytes: UInt64, freeBytes: UInt64) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}

package enum DiskError: Error, Equatable, Sendable {
    case notFound
    case exists
    /// ENOSPC or EDQUOT. What was written before is there, nothing else.
    case full
    /// Another process holds the lock.
    case locked
    /// EACCES, EPERM or EROFS.
    case notPermitted
    /// The path leaves the root, goes through a symbolic link, or is not of the expected kind.
    case refused
    /// EIO and everything else, with errno for the log.
    case failed(errno: Int32)
    case cancelled
}
