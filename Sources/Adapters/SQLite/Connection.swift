internal import CSQLite

/// One connection to the database file. Confined to one thread at a time.
final class Connection {
    enum Role {
        case writer
        case reader
        /// Reads for long, so it must not keep all it sees in memory.
        case inspector
    }

    /// SQLite as this program uses it, set once before the first connection.
    private static let isConfigured =
        callfs_sqlite_configure() == SQLITE_OK && sqlite3_initialize() == SQLITE_OK

    let handle: OpaquePointer
    /// Frames in the log after the latest commit of this connection.
    private let logFrames: UnsafeMutablePointer<Int32>
    private var stopCondition: StopCondition?

    private final class StopCondition {
        let isMet: () -> Bool
        init(_ isMet: @escaping () -> Bool) { self.isMet = isMet }
    }

    init(path: String, role: Role) throws(SQLiteFailure) {
        guard Self.isConfigured else {
            throw SQLiteFailure(code: SQLITE_MISUSE, text: "cannot be configured")
        }
        let access = role == .writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nil)
        guard code == SQLITE_OK, let opened else {
            let failure =
                opened == nil ? SQLiteFailure(code: code, text: "no memory") : SQLiteFailure(of: opened)
            sqlite3_close_v2(opened)
            throw failure
        }
        handle = opened
        logFrames = .allocate(capacity: 1)
        logFrames.initialize(to: 0)
        sqlite3_extended_result_codes(handle, 1)
        // Even with one writer: a reader that comes upon a half-written index of the log takes the writer's
        // lock for an instant to read it again (walIndexReadHdr in wal.c), and the writer must wait for it.
        sqlite3_busy_timeout(handle, SQLiteLimits.busyMilliseconds)
        sqlite3_wal_hook(
            handle,
            { context, _, _, frames in
                context?.assumingMemoryBound(to: Int32.self).pointee = frames
                return SQLITE_OK
            }, logFrames)
        try set(role)
    }

    deinit {
        sqlite3_close_v2(handle)
        logFrames.deallocate()
    }

    private func set(_ role: Role) throws(SQLiteFailure) {
        let cacheBytes = role == .writer ? SQLiteLimits.writerCacheBytes : SQLiteLimits.readerCacheBytes
        try execute("PRAGMA cache_size = -\(cacheBytes / 1024)")
        // Mapped pages would count as this process's memory, and an error of the disk would be a signal.
        try execute("PRAGMA mmap_size = 0")
        if role != .inspector { try execute("PRAGMA temp_store = MEMORY") }
        guard role == .writer else { return }
        // Only before the first table is made; later it changes nothing.
        try execute("PRAGMA auto_vacuum = INCREMENTAL")
        // NORMAL and not EXCLUSIVE: the readers have connections of their own. Another process is kept out by
        // the lock of the data directory.
        try execute("PRAGMA locking_mode = NORMAL")
        try execute("PRAGMA journal_mode = WAL")
        // The log is synced before a commit returns.
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA foreign_keys = ON")
        try execute("PRAGMA journal_size_limit = \(SQLiteLimits.logBytesKept)")
    }

    /// Runs a statement that is needed once, ignoring its rows.
    func execute(_ text: String) throws(SQLiteFailure) {
        let statement = try Statement(text, on: handle)
        while try statement.step() {}
        statement.reset()
    }

    func prepare(_ text: String) throws(SQLiteFailure) -> Statement { try Statement(text, on: handle) }

    func integer(_ text: String) throws(SQLiteFailure) -> Int64? {
        try prepare(text).first { row in row.integer(0) }
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
    var changeCount: Int64 { sqlite3_total_changes64(handle) }
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
    var framesInLog: Int { Int(logFrames.pointee) }

    /// Ends running statements with an error once `isMet` says so; it is asked every few thousand steps of a
    /// statement.
    func stop(when isMet: @escaping () -> Bool) {
        let condition = StopCondition(isMet)
        stopCondition = condition
        sqlite3_progress_handler(
            handle, SQLiteLimits.stepsBetweenStopChecks,
            { context in
                guard let context else { return 0 }
                return Unmanaged<StopCondition>.fromOpaque(context).takeUnretainedValue().isMet() ? 1 : 0
            }, Unmanaged.passUnretained(condition).toOpaque())
    }

    enum CheckpointMode {
        /// As much as readers allow, waiting for nobody.
        case passive
        /// All of it, and the log gives its room back.
        case truncate

        fileprivate var flag: Int32 {
            self == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        }
    }

    /// Copies the log into the database. False when readers are in the way; another attempt may succeed.
    func checkpoint(_ mode: CheckpointMode) throws(SQLiteFailure) -> Bool {
        var inLog: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, "main", mode.flag, &inLog, &copied)
        if code == SQLITE_BUSY { return false }
        guard code == SQLITE_OK else { throw SQLiteFailure(of: handle) }
        // When all is copied, the next commit begins the log anew.
        logFrames.pointee = inLog == copied ? 0 : inLog
        return inLog == copied
    }
}
