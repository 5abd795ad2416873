internal import Domain

/// The rows of inodes as the writer changes them, inside its transaction. Nothing else writes to that
/// table, so what was read of a row is remembered until the row changes or the transaction is taken back:
/// the guards of most changesets ask for the same few directories.
final class InodeTable {
    /// What preconditions and mutations ask of an inode most.
    struct State {
        let kind: FileKind
        let accessVersion: UInt64
        fileprivate(set) var changeVersion: UInt64
        let fence: FencingToken
        let linkCount: Int
        let content: ContentID?
    }

    private let stateRow: Statement
    private let row: Statement
    private let insertRow: Statement
    private let updateRow: Statement
    private let touchDirectoryRow: Statement
    private let touchRow: Statement
    private let changeLinksOfRow: Statement
    private let setLinksOfRow: Statement
    private let deleteRow: Statement
    private let changes: TreeChanges
    private var remembered: [InodeID: State] = [:]

    init(_ connection: Connection, _ changes: TreeChanges) throws(SQLiteFailure) {
        self.changes = changes
        stateRow = try connection.prepare(
            "SELECT kind, access_version, change_version, fence, links, content FROM inode WHERE id = ?1")
        row = try connection.prepare("SELECT \(InodeRow.columns) FROM inode i WHERE i.id = ?1")
        insertRow = try connection.prepare(InodeRow.insert)
        updateRow = try connection.prepare(InodeRow.update)
        touchDirectoryRow = try connection.prepare(
            """
            UPDATE inode SET modified = ?2, changed = ?2, change_version = change_version + 1
            WHERE id = ?1 AND kind = 1
            """)
        touchRow = try connection.prepare(
            "UPDATE inode SET changed = ?2, change_version = change_version + 1 WHERE id = ?1")
        changeLinksOfRow = try connection.prepare(
            """
            UPDATE inode SET links = links + ?3, changed = ?2, change_version = change_version + 1
            WHERE id = ?1
            """)
        setLinksOfRow = try connection.prepare("UPDATE inode SET links = ?2 WHERE id = ?1")
        deleteRow = try connection.prepare("DELETE FROM inode WHERE id = ?1")
    }

    /// After a transaction, or part of one, was taken back.
    func forget() { remembered.removeAll(keepingCapacity: true) }

    // MARK: Reading

    func state(of id: InodeID) throws(SQLiteFailure) -> State? {
        if let state = remembered[id] { return state }
        let state = try stateRow.bind(1, id).first { row throws(SQLiteFailure) in
            State(
                kind: try InodeRow.kind(row.integer(0)), accessVersion: row.unsigned(1),
                changeVersion: row.unsigned(2), fence: FencingToken(row.unsigned(3)),
                linkCount: Int(row.integer(4)), content: row.optionalIdentifier(5).map(ContentID.init))
        }
        guard let state else { return nil }
        if remembered.count >= SQLiteLimits.inodeStatesMax { forget() }
        remembered[id] = state
        return state
    }

    func inode(_ id: InodeID) throws(SQLiteFailure) -> Inode? {
        try row.bind(1, id).first { row throws(SQLiteFailure) in try InodeRow.read(row) }
    }

    // MARK: Writing

    /// False when there is one with this identifier.
    func insert(_ inode: Inode) throws(SQLiteFailure) -> Bool {
        InodeRow.bind(inode, to: insertRow)
        InodeRow.bindUnchanging(inode, to: insertRow)
        return try insertRow.runCountingChanges() == 1
    }

    func update(_ inode: Inode) throws(SQLiteFailure) {
        willChange(inode.id)
        InodeRow.bind(inode, to: updateRow)
        try updateRow.run()
    }

    /// Its entries changed. False when it is not a directory.
    func touchDirectory(_ id: InodeID, at time: WallTime) throws(SQLiteFailure) -> Bool {
        guard try touchDirectoryRow.bind(1, id).bind(2, time).runCountingChanges() == 1 else { return false }
        remembered[id]?.changeVersion &+= 1
        changes.touch(id, at: time)
        return true
    }

    /// Its name changed.
    func touch(_ id: InodeID, at time: WallTime) throws(SQLiteFailure) {
        willChange(id)
        try touchRow.bind(1, id).bind(2, time).run()
    }

    func changeLinks(of id: InodeID, by difference: Int, at time: WallTime) throws(SQLiteFailure) {
        willChange(id)
        try changeLinksOfRow.bind(1, id).bind(2, time).bind(3, difference).run()
    }

    /// Without a change of times or versions.
    func setLinks(of id: InodeID, to count: Int) throws(SQLiteFailure) {
        willChange(id)
        try setLinksOfRow.bind(1, id).bind(2, count).run()
    }

    func delete(_ id: InodeID) throws(SQLiteFailure) {
        willChange(id)
        try deleteRow.bind(1, id).run()
    }

    private func willChange(_ id: InodeID) {
        remembered[id] = nil
        changes.change(id)
    }
}
