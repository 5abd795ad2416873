internal import CSQLite
internal import Domain

/// A prepared statement. Confined to the thread that has its connection; bindings stay until they are
/// replaced.
final class Statement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ text: String, on connection: OpaquePointer) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(connection, text, -1, flags, &handle, nil)
        guard code == SQLITE_OK, let handle else { throw SQLiteFailure(of: connection) }
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: Binding, from 1

    @discardableResult
    func bind(_ index: Int32, _ value: Int64) -> Self {
        check(sqlite3_bind_int64(handle, index, value))
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Int) -> Self { bind(index, Int64(value)) }

    /// Kept as the number with the same bits: SQLite has no unsigned ones.
    @discardableResult
    func bind(_ index: Int32, _ value: UInt64) -> Self { bind(index, Int64(bitPattern: value)) }

    @discardableResult
    func bind(_ index: Int32, _ time: WallTime) -> Self { bind(index, time.nanoseconds) }

    @discardableResult
    func bind(_ index: Int32, _ id: Identifier) -> Self {
        let words = (id.high.bigEndian, id.low.bigEndian)
        withUnsafeBytes(of: words) { bytes in
            check(sqlite3_bind_blob(handle, index, bytes.baseAddress, 16, callfs_sqlite_transient()))
        }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ id: (some TypedIdentifier)?) -> Self {
        guard let id else { return bindNull(index) }
        return bind(index, id.value)
    }

    @discardableResult
    func bind(_ index: Int32, _ text: String?) -> Self {
        guard var text else { return bindNull(index) }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty text has no address, and without one SQLite would bind NULL.
                let count = Int32(characters.count)
                let code =
                    count == 0
                    ? sqlite3_bind_text(handle, index, "", 0, callfs_sqlite_transient())
                    : sqlite3_bind_text(
                        handle, index, characters.baseAddress, count, callfs_sqlite_transient())
                check(code)
            }
        }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ bytes: [UInt8]?) -> Self {
        guard let bytes else { return bindNull(index) }
        guard !bytes.isEmpty else {
            check(sqlite3_bind_zeroblob(handle, index, 0))
            return self
        }
        bytes.withUnsafeBytes { buffer in
            check(
                sqlite3_bind_blob(
                    handle, index, buffer.baseAddress, Int32(buffer.count), callfs_sqlite_transient()))
        }
        return self
    }

    @discardableResult
    func bindNull(_ index: Int32) -> Self {
        check(sqlite3_bind_null(handle, index))
        return self
    }

    // MARK: Running

    /// Runs a statement that returns no rows.
    func run() throws(SQLiteFailure) {
        defer { reset() }
        _ = try step()
    }

    /// Runs a statement and says how many rows it inserted, updated or deleted.
    func runCountingChanges() throws(SQLiteFailure) -> Int {
        try run()
        return Int(sqlite3_changes(connection))
    }

    /// The first row, or nil when there is none.
    func first<Value>(_ read: (Statement) throws(SQLiteFailure) -> Value) throws(SQLiteFailure) -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Whether there is any row.
    func hasRow() throws(SQLiteFailure) -> Bool {
        defer { reset() }
        return try step()
    }

    func all<Value>(_ read: (Statement) throws(SQLiteFailure) -> Value) throws(SQLiteFailure) -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    /// Moves to the next row; false at the end. `reset` ends it early.
    func step() throws(SQLiteFailure) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteFailure(of: connection)
        }
    }

    /// Ends a run, and with the last open one of a connection its snapshot. The error of a failed step comes
    /// again here, so it is not looked at.
    func reset() { sqlite3_reset(handle) }

    // MARK: Reading, from 0

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }
    func time(_ column: Int32) -> WallTime { WallTime(nanoseconds: integer(column)) }

    func identifier(_ column: Int32) throws(SQLiteFailure) -> Identifier {
        guard let identifier = optionalIdentifier(column)
        else { throw .corrupt("column \(column) has no identifier") }
        return identifier
    }

    func optionalIdentifier(_ column: Int32) -> Identifier? {
        guard let bytes = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == 16
        else { return nil }
        let high = bytes.loadUnaligned(as: UInt64.self)
        let low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return Identifier(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    func text(_ column: Int32) -> String? {
        guard let characters = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: characters, count: count), as: UTF8.self)
    }

    /// The bytes of a blob; nil for NULL.
    func bytes(_ column: Int32) -> [UInt8]? {
        if isNull(column) { return nil }
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Binding fails only for an index that the statement does not have, or for want of memory.
    private func check(_ code: Int32) { precondition(code == SQLITE_OK, "a value could not be bound") }
}
