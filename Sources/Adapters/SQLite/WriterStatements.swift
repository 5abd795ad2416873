/// The statements of the writer, prepared once.
struct WriterStatements {
    // Transactions
    let begin: Statement
    let commit: Statement
    let rollBack: Statement
    let savepoint: Statement
    let releaseSavepoint: Statement
    let rollBackToSavepoint: Statement
    let setHighWater: Statement
    // Outcomes
    let outcome: Statement
    let insertOutcome: Statement
    let oldestOutcome: Statement
    let deleteOutcomes: Statement
    // Entries
    let parents: Statement
    let directoriesBelow: Statement
    let anyOwnedByOthers: Statement
    // Contents
    let contentIsLive: Statement
    let insertContent: Statement
    let insertBytes: Statement
    let locationState: Statement
    let insertLocation: Statement
    let addCandidate: Statement
    let addDetached: Statement

    init(_ connection: Connection) throws(SQLiteFailure) {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollBack = try connection.prepare("ROLLBACK")
        savepoint = try connection.prepare("SAVEPOINT changeset")
        releaseSavepoint = try connection.prepare("RELEASE changeset")
        rollBackToSavepoint = try connection.prepare("ROLLBACK TO changeset")
        setHighWater = try connection.prepare("UPDATE meta SET value = ?1 WHERE name = 'high water'")

        outcome = try connection.prepare("SELECT committed, decided FROM changeset WHERE id = ?1")
        insertOutcome = try connection.prepare(
            "INSERT OR IGNORE INTO changeset (id, committed, decided) VALUES (?1, ?2, ?3)")
        oldestOutcome = try connection.prepare("SELECT decided FROM changeset ORDER BY id LIMIT 1")
        deleteOutcomes = try connection.prepare(
            """
            DELETE FROM changeset
            WHERE decided <= ?1 AND id IN (SELECT id FROM changeset ORDER BY id LIMIT ?2)
            """)

        parents = try connection.prepare("SELECT parent FROM entry WHERE inode = ?1")
        directoriesBelow = try connection.prepare("SELECT inode FROM entry WHERE parent = ?1 AND kind = 1")
        anyOwnedByOthers = try connection.prepare(
            """
            SELECT 1 FROM entry e JOIN inode i ON i.id = e.inode WHERE e.parent = ?1 AND i.owner <> ?2 LIMIT 1
            """)

        contentIsLive = try connection.prepare("SELECT live FROM content WHERE id = ?1")
        insertContent = try connection.prepare(
            """
            INSERT OR IGNORE INTO content (id, size, sha256, live, bytes, sha512, crc32c)
            VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
            """)
        insertBytes = try connection.prepare("INSERT INTO content_bytes (bytes) VALUES (?1)")
        locationState = try connection.prepare("SELECT condemned, content FROM location WHERE id = ?1")
        insertLocation = try connection.prepare(
            """
            INSERT OR IGNORE INTO location (id, content, store, inline, condemned)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """
        )
        addCandidate = try connection.prepare("INSERT OR IGNORE INTO candidate (content) VALUES (?1)")
        addDetached = try connection.prepare("INSERT INTO detached (inode) VALUES (?1)")
    }
}
