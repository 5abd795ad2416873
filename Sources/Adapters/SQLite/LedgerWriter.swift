internal import Domain
internal import Ports

/// The writing half of the ledger and the registry, on the writer's thread and inside its transaction.
struct LedgerWriter {
    private let tree: TreeWriter
    private let candidates: Statement
    private let deleteCandidate: Statement
    private let isReferenced: Statement
    private let bytesOf: Statement
    private let deleteInlineLocations: Statement
    private let condemnLocations: Statement
    private let condemnContent: Statement
    private let anyLocation: Statement
    private let deleteContent: Statement
    private let deleteBytes: Statement
    private let contentOfLocation: Statement
    private let deleteLocation: Statement
    private let anyDetached: Statement
    private let deleteDetached: Statement
    private let stores: Statement
    private let insertStore: Statement

    init(_ tree: TreeWriter) throws(SQLiteFailure) {
        self.tree = tree
        let connection = tree.connection
        candidates = try connection.prepare("SELECT content FROM candidate ORDER BY content LIMIT ?1")
        deleteCandidate = try connection.prepare("DELETE FROM candidate WHERE content = ?1")
        isReferenced = try connection.prepare(
            """
            SELECT 1 FROM inode WHERE content = ?1 UNION ALL SELECT 1 FROM link WHERE content = ?1 LIMIT 1
            """)
        bytesOf = try connection.prepare("SELECT bytes FROM content WHERE id = ?1")
        deleteInlineLocations = try connection.prepare(
            "DELETE FROM location WHERE content = ?1 AND inline = 1")
        condemnLocations = try connection.prepare(
            "UPDATE location SET condemned = ?2 WHERE content = ?1 AND condemned IS NULL")
        condemnContent = try connection.prepare("UPDATE content SET live = 0, bytes = NULL WHERE id = ?1")
        anyLocation = try connection.prepare("SELECT 1 FROM location WHERE content = ?1 LIMIT 1")
        deleteContent = try connection.prepare("DELETE FROM content WHERE id = ?1")
        deleteBytes = try connection.prepare("DELETE FROM content_bytes WHERE id = ?1")
        contentOfLocation = try connection.prepare(
            "SELECT content FROM location WHERE id = ?1 AND condemned IS NOT NULL")
        deleteLocation = try connection.prepare("DELETE FROM location WHERE id = ?1")
        anyDetached = try connection.prepare("SELECT inode FROM detached ORDER BY inode LIMIT 1")
        deleteDetached = try connection.prepare("DELETE FROM detached WHERE inode = ?1")
        stores = try connection.prepare(RegistryRow.select)
        insertStore = try connection.prepare(RegistryRow.insert)
    }

    // MARK: Contents

    func reclaim(limit: Int) throws(SQLiteFailure) -> Int {
        _ = try tree.forgetOutcomes(limit: limit)
        let time = tree.clock.advance()
        let looked = try candidates.bind(1, limit).all { row throws(SQLiteFailure) in
            ContentID(try row.identifier(0))
        }
        for content in looked {
            try deleteCandidate.bind(1, content).run()
            if try !isReferenced.bind(1, content).hasRow() { try condemn(content, at: time) }
        }
        return looked.count
    }

    /// Inline bytes go at once: who resolved the content has them already. Others wait for a reader that
    /// still comes.
    private func condemn(_ content: ContentID, at time: WallTime) throws(SQLiteFailure) {
        let bytes = try bytesOf.bind(1, content).first { row in row.isNull(0) ? nil : row.integer(0) } ?? nil
        try deleteInlineLocations.bind(1, content).run()
        try condemnLocations.bind(1, content).bind(2, time).run()
        if try anyLocation.bind(1, content).hasRow() {
            try condemnContent.bind(1, content).run()
        } else {
            try deleteContent.bind(1, content).run()
        }
        if let bytes { try deleteBytes.bind(1, bytes).run() }
    }

    func forget(_ locations: [LocationID]) throws(SQLiteFailure) {
        for location in locations {
            let owner = try contentOfLocation.bind(1, location).first { row in
                row.optionalIdentifier(0).map(ContentID.init)
            }
            // Not condemned, or not there at all.
            guard let owner else { continue }
            try deleteLocation.bind(1, location).run()
            guard let owner, try !anyLocation.bind(1, owner).hasRow() else { continue }
            try deleteContent.bind(1, owner).run()
        }
    }

    func claimOrphans(_ locations: [LocationID], in store: StoreID) throws(SQLiteFailure) -> [LocationID] {
        let time = tree.clock.advance()
        var claimed: [LocationID] = []
        for id in locations {
            let isClaimed = try tree.statements.locationState.bind(1, id).first { row in row.isNull(1) }
            if isClaimed == nil {
                let insertion = tree.statements.insertLocation.bind(1, id).bindNull(2).bind(3, store)
                try insertion.bind(4, 0).bind(5, time).run()
            }
            if isClaimed ?? true { claimed.append(id) }
        }
        return claimed
    }

    // MARK: Detached trees

    /// Works from the top down: a directory below a detached one becomes a detached one of its own, so a step
    /// is bounded however deep the tree is.
    func reapDetached(limit: Int) throws(SQLiteFailure) -> Int {
        let time = tree.clock.advance()
        var taken = 0
        while taken < limit, let top = try firstDetached() {
            while taken < limit, try reapFirstEntry(of: top, at: time) { taken += 1 }
            guard taken < limit else { break }
            taken += 1
            try deleteDetached.bind(1, top).run()
            try tree.inodes.delete(top)
        }
        return taken
    }

    private func firstDetached() throws(SQLiteFailure) -> InodeID? {
        try anyDetached.first { row throws(SQLiteFailure) in InodeID(try row.identifier(0)) }
    }

    /// False when the directory is empty.
    private func reapFirstEntry(of directory: InodeID, at time: WallTime) throws(SQLiteFailure) -> Bool {
        guard let first = try tree.entries.first(in: directory) else { return false }
        try tree.entries.delete(first.name, in: directory)
        guard let inode = try tree.inodes.state(of: first.inode) else { return true }
        if inode.kind == .directory {
            try tree.detach(first.inode)
        } else {
            try tree.dropLink(of: first.inode, inode, at: time)
        }
        return true
    }

    // MARK: Links

    func retireLinks(limit: Int) throws(SQLiteFailure) -> Int {
        try tree.links.retire(limit: limit, at: tree.clock.advance())
    }

    // MARK: Registry

    func register(_ store: RegisteredStore) throws(SQLiteFailure) -> Registration {
        for known in try stores.all(RegistryRow.read) {
            if known == store { return .confirmed }
            let isSamePlace = known.id == store.id
            let isSameBinding = known.instance == store.instance && known.backend == store.backend
            if isSamePlace || isSameBinding { return .conflict(with: known) }
        }
        try RegistryRow.bind(store, to: insertStore).run()
        return .added
    }
}

/// How a registered store is kept in a row.
enum RegistryRow {
    static let select = "SELECT id, backend, kind, instance FROM store ORDER BY id"
    static let insert = "INSERT INTO store (id, backend, kind, instance) VALUES (?1, ?2, ?3, ?4)"

    static func bind(_ store: RegisteredStore, to statement: Statement) -> Statement {
        statement.bind(1, store.id).bind(2, store.backend).bind(3, store.kind.rawValue)
            .bind(4, store.instance?.text)
    }

    static func read(_ row: Statement) throws(SQLiteFailure) -> RegisteredStore {
        guard let backend = row.text(1), let kind = row.text(2).flatMap(BackendKind.init(rawValue:))
        else { throw .corrupt("a registered store cannot be read") }
        return RegisteredStore(
            id: StoreID(try row.identifier(0)), backend: backend, kind: kind,
            instance: row.text(3).flatMap(InstanceID.init))
    }
}
