internal import Domain
internal import Ports

/// What a new filesystem begins with.
struct Founding {
    let owner: UserID
    let group: GroupID
    let time: any TimeSource
    let entropy: any EntropySource
}

/// Brings the tables of a file to the newest version, each step once, all in one transaction.
struct Migration {
    /// What the file says of the filesystem.
    struct Outcome {
        let deployment: DeploymentID
        /// The newest time that was given before.
        let highWater: WallTime
    }

    private let connection: Connection
    private let path: String

    init(_ connection: Connection, path: String) {
        self.connection = connection
        self.path = path
    }

    /// Refuses files of other programs and of newer versions of this one.
    func run(_ founding: Founding) throws(MetadataOpenError) -> Outcome {
        let version = try explaining { () throws(SQLiteFailure) in try self.version() }
        guard let version else {
            throw MetadataOpenError("'\(path)' is a database of another program.")
        }
        guard version <= Schema.migrations.count else {
            throw MetadataOpenError(
                """
                '\(path)' was written by a newer version of callfs (schema \(version); this one knows \
                \(Schema.migrations.count)). Use that version, or restore a backup made before.
                """)
        }
        return try explaining { () throws(SQLiteFailure) in
            try migrate(from: version, founding)
            return try read()
        }
    }

    private func explaining<Value>(
        _ step: () throws(SQLiteFailure) -> Value
    ) throws(MetadataOpenError) -> Value {
        try MetadataOpenError.explaining(path, step)
    }

    /// 0 for an empty file, nil for one of another program.
    private func version() throws(SQLiteFailure) -> Int? {
        let tables = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
        if tables == 0 { return 0 }
        guard try connection.integer("PRAGMA application_id") == Int64(Schema.applicationID) else {
            return nil
        }
        return Int(try connection.integer("SELECT max(version) FROM migration") ?? 0)
    }

    private func migrate(from version: Int, _ founding: Founding) throws(SQLiteFailure) {
        guard version < Schema.migrations.count else { return }
        let now = founding.time.wallNow()
        try connection.execute("BEGIN IMMEDIATE")
        do throws(SQLiteFailure) {
            for (index, step) in Schema.migrations.enumerated().dropFirst(version) {
                for statement in step { try connection.execute(statement) }
                let row = try connection.prepare("INSERT INTO migration (version, applied) VALUES (?1, ?2)")
                try row.bind(1, index + 1).bind(2, now).run()
            }
            if version == 0 { try found(founding, at: now) }
            try connection.execute("COMMIT")
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private func found(_ founding: Founding, at now: WallTime) throws(SQLiteFailure) {
        try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
        let meta = try connection.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")
        try meta.bind(1, "deployment").bind(2, founding.entropy.identifier(at: now)).run()
        try meta.bind(1, "high water").bind(2, now).run()
        let root = Inode.root(owner: founding.owner, group: founding.group, at: now)
        let insertion = try connection.prepare(InodeRow.insert)
        InodeRow.bind(root, to: insertion)
        InodeRow.bindUnchanging(root, to: insertion)
        try insertion.run()
    }

    private func read() throws(SQLiteFailure) -> Outcome {
        let value = try connection.prepare("SELECT value FROM meta WHERE name = ?1")
        let deployment = try value.bind(1, "deployment").first { row in row.optionalIdentifier(0) } ?? nil
        let highWater = try value.bind(1, "high water").first { row in row.time(0) }
        guard let deployment, let highWater else { throw .corrupt("the file does not say whose it is") }
        return Outcome(deployment: DeploymentID(deployment), highWater: highWater)
    }
}
