internal import Domain

/// The rows of entries as the writer changes them, inside its transaction. Nothing else writes to that
/// table, so where a name leads is remembered until it is taken away or the transaction is taken back: the
/// guards of most changesets ask for the same few ways.
final class EntryTable {
    private let inodeOfRow: Statement
    private let anyRow: Statement
    private let firstRow: Statement
    private let insertRow: Statement
    private let deleteRow: Statement
    private let changes: TreeChanges
    private var remembered: [EntryKey: InodeID] = [:]

    init(_ connection: Connection, _ changes: TreeChanges) throws(SQLiteFailure) {
        self.changes = changes
        inodeOfRow = try connection.prepare("SELECT inode FROM entry WHERE parent = ?1 AND name = ?2")
        anyRow = try connection.prepare("SELECT 1 FROM entry WHERE parent = ?1 LIMIT 1")
        firstRow = try connection.prepare(
            "SELECT name, inode FROM entry WHERE parent = ?1 ORDER BY name LIMIT 1")
        insertRow = try connection.prepare(
            "INSERT OR IGNORE INTO entry (parent, name, inode, kind) VALUES (?1, ?2, ?3, ?4)")
        deleteRow = try connection.prepare("DELETE FROM entry WHERE parent = ?1 AND name = ?2")
    }

    /// After a transaction, or part of one, was taken back.
    func forget() { remembered.removeAll(keepingCapacity: true) }

    func inode(named name: FileName, in parent: InodeID) throws(SQLiteFailure) -> InodeID? {
        let key = EntryKey(parent: parent, name: name)
        if let inode = remembered[key] { return inode }
        let inode = try inodeOfRow.bind(1, parent).bind(2, name.text).first { row throws(SQLiteFailure) in
            InodeID(try row.identifier(0))
        }
        guard let inode else { return nil }
        if remembered.count >= SQLiteLimits.entriesRememberedMax { forget() }
        remembered[key] = inode
        return inode
    }

    func hasAny(in directory: InodeID) throws(SQLiteFailure) -> Bool {
        try anyRow.bind(1, directory).hasRow()
    }

    func first(in directory: InodeID) throws(SQLiteFailure) -> (name: FileName, inode: InodeID)? {
        try firstRow.bind(1, directory).first { row throws(SQLiteFailure) in
            guard let name = row.text(0) else { throw .corrupt("an entry has no name") }
            return (FileName(validated: name), InodeID(try row.identifier(1)))
        }
    }

    /// False when the name is taken.
    func insert(
        _ name: FileName, in parent: InodeID, to inode: InodeID, _ kind: FileKind
    ) throws(SQLiteFailure) -> Bool {
        let insertion = insertRow.bind(1, parent).bind(2, name.text).bind(3, inode)
        return try insertion.bind(4, InodeRow.number(of: kind)).runCountingChanges() == 1
    }

    func delete(_ name: FileName, in parent: InodeID) throws(SQLiteFailure) {
        let key = EntryKey(parent: parent, name: name)
        remembered[key] = nil
        changes.drop(key)
        try deleteRow.bind(1, parent).bind(2, name.text).run()
    }
}
