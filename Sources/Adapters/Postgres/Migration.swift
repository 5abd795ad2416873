import Domain
import Ports

/// Brings the schema to the newest version that this program knows, each step once, all in one transaction.
/// Any number of nodes may try at once: they take turns.
struct Migration {
    let session: DirectSession
    let schema: String
    let owner: UserID
    let group: GroupID
    let entropy: any EntropySource
    /// What this program knows; a test may know less or more.
    var steps = Schema.steps

    /// Refuses servers that lack something, schemas of other programs, and those of newer programs that this
    /// one may not use. Returns the id of the filesystem.
    func run() throws(PostgresOpenError) -> DeploymentID {
        guard session.serverVersion >= PostgresLimits.serverVersionMin else {
            throw PostgresOpenError(
                "The PostgreSQL server is older than version \(PostgresLimits.serverVersionMin / 10_000).")
        }
        // A statement that is refused ends the transaction, and so does the end of the connection.
        try ask("SET statement_timeout = 0")
        try ask("BEGIN")
        try ask("SELECT pg_advisory_xact_lock(1128354612, hashtext('\(schema)'))")
        try migrate()
        try ask("COMMIT")
        guard let text = try value("SELECT value FROM meta WHERE name = 'deployment'"),
            let id = Identifier(text)
        else { throw PostgresOpenError("The schema '\(schema)' does not say whose it is.") }
        return DeploymentID(id)
    }

    private func migrate() throws(PostgresOpenError) {
        guard try value("SELECT current_setting('server_encoding')") == "UTF8" else {
            throw PostgresOpenError("The database is not in the encoding UTF8: make one that is.")
        }
        let version = try version()
        if version > steps.count { return try checkNewer(version) }
        guard version < steps.count else { return }
        if version == 0 { try ask("CREATE SCHEMA IF NOT EXISTS \"\(schema)\"") }
        for (index, step) in steps.enumerated().dropFirst(version) {
            for statement in step.statements { try ask(statement) }
            try ask("INSERT INTO migration (version, runs_with) VALUES (\(index + 1), \(step.runsWith))")
        }
        if version == 0 { try found() }
    }

    /// 0 for an empty schema, or none.
    private func version() throws(PostgresOpenError) -> Int {
        let tables = try value(
            "SELECT count(*)::text FROM pg_class WHERE relnamespace = to_regnamespace('\"\(schema)\"')")
        if tables == "0" { return 0 }
        guard try value("SELECT to_regclass('\"\(schema)\".migration')::text") != nil,
            let version = try value("SELECT max(version)::text FROM migration").flatMap({ Int($0) })
        else {
            throw PostgresOpenError(
                "The schema '\(schema)' belongs to another program; give CallFS a database of its own.")
        }
        return version
    }

    /// While nodes are replaced one after the other, the old ones go on with the schema of the new, if that
    /// says that they may.
    private func checkNewer(_ version: Int) throws(PostgresOpenError) {
        let oldest = try value("SELECT max(runs_with)::text FROM migration").flatMap { Int($0) } ?? version
        guard version == steps.count + 1, oldest <= steps.count else {
            throw PostgresOpenError(
                """
                The metadata was migrated by a newer version of callfs (schema \(version); this one knows \
                \(steps.count)). Use that version, or restore a backup made before.
                """)
        }
    }

    private func found() throws(PostgresOpenError) {
        let now = try value("SELECT clock()::text").flatMap { Int64($0) } ?? 0
        let deployment = entropy.identifier(at: WallTime(nanoseconds: now))
        try ask("INSERT INTO meta (name, value) VALUES ('deployment', '\(deployment)')")
        try ask("SELECT setval('store_time', \(now))")
        try ask(
            """
            INSERT INTO inode (id, kind, mode, owner, owner_group, size, modified, changed, born, links,
                access_version, change_version, representation_version, fence)
            VALUES ('\(InodeID.root)', 1, \(0o755), \(owner.value), \(group.value), 0, \(now), \(now), \(now),
                1, 1, 1, 1, \(FencingToken.none.value.asOrderedColumn))
            """)
    }

    // MARK: Asking

    @discardableResult
    private func ask(_ text: String) throws(PostgresOpenError) -> Rows? {
        try PostgresOpenError.explaining { () throws(SessionFailure) in
            try session.run([DirectSession.Command(text)], within: PostgresLimits.migrationMax).first
        }
    }

    private func value(_ text: String) throws(PostgresOpenError) -> String? {
        try ask(text)?.first?.optionalText(0)
    }
}
