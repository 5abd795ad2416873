internal import CSQLite
internal import Domain

/// Changes the tables, on the writer's thread and inside its transaction.
final class TreeWriter {
    let connection: Connection
    let clock: StoreClock
    let statements: WriterStatements
    let inodes: InodeTable
    let entries: EntryTable
    let links: LinkWriter
    let answers: AnswerRows
    let treeDirectoriesMax: Int
    private let outcomesKept: Duration
    private let directories: KnownDirectories
    private let changes = TreeChanges()
    /// What this transaction wrote of it; nil while it changed nothing.
    private var highWater: WallTime?
    private var decidedInGroup = 0
    /// Whether each changeset gets a savepoint, so that a refusal by one of its mutations costs the others
    /// nothing. Savepoints copy every page that is touched, and preconditions leave mutations next to nothing
    /// to refuse: so a group runs without them first.
    private(set) var usesSavepoints = false
    /// The content that this changeset published last.
    var published: ContentID?

    init(
        connection: Connection, clock: StoreClock, directories: KnownDirectories, treeDirectoriesMax: Int,
        outcomesKept: Duration
    ) throws(SQLiteFailure) {
        self.directories = directories
        self.connection = connection
        self.clock = clock
        self.treeDirectoriesMax = treeDirectoriesMax
        self.outcomesKept = outcomesKept
        statements = try WriterStatements(connection)
        inodes = try InodeTable(connection, changes)
        entries = try EntryTable(connection, changes)
        links = try LinkWriter(connection, addCandidate: statements.addCandidate)
        answers = try AnswerRows(connection)
    }

    // MARK: Groups

    /// A mutation was refused in a group without savepoints: the group must run again with them.
    static let needsSavepoints = SQLiteFailure(code: SQLITE_ABORT, text: "a changeset is to be taken back")

    func begin(usesSavepoints: Bool) throws(SQLiteFailure) {
        decidedInGroup = 0
        changes.removeAll()
        highWater = nil
        self.usesSavepoints = usesSavepoints
        try statements.begin.run()
    }

    /// Commits, and tells the readers' memory before anybody is told.
    func commit() throws(SQLiteFailure) {
        try statements.commit.run()
        if let highWater { directories.advance(to: highWater, by: changes) }
    }

    /// Takes the whole transaction back, unless SQLite did so by itself, as it does after some errors.
    func rollBack() throws(SQLiteFailure) {
        inodes.forget()
        entries.forget()
        if connection.isInTransaction { try statements.rollBack.run() }
    }

    private func rollBackToSavepoint() throws(SQLiteFailure) {
        inodes.forget()
        entries.forget()
        changes.loseCount()
        try statements.rollBackToSavepoint.run()
    }

    /// What a transaction that changed something writes last: the newest time given, and in exchange for the
    /// outcomes it added, twice as many old ones go.
    func finishChanges() throws(SQLiteFailure) {
        let time = clock.advance()
        try statements.setHighWater.bind(1, time).run()
        highWater = time
        if decidedInGroup > 0 { _ = try forgetOutcomes(limit: 2 * decidedInGroup) }
    }

    /// Deletes up to `limit` outcomes that nobody can ask for any more. Returns how many.
    func forgetOutcomes(limit: Int) throws(SQLiteFailure) -> Int {
        let bound = clock.sample() - outcomesKept
        // Identifiers sort by time, so the first is old unless none is.
        let oldest = try statements.oldestOutcome.first { row in row.time(0) }
        guard let oldest, oldest <= bound else { return 0 }
        return try statements.deleteOutcomes.bind(1, bound).bind(2, limit).runCountingChanges()
    }

    // MARK: Changesets

    /// Checks and applies a changeset. When it is refused nothing of it remains in the transaction.
    func commit(_ changeset: Changeset) throws(SQLiteFailure) -> CommitOutcome {
        let time = clock.advance()
        if let refusal = try refusalBefore(changeset, at: time) {
            // One that was decided before need not find what it found then.
            return try outcome(of: changeset.id) ?? .refused(refusal)
        }
        if usesSavepoints {
            if let decided = try outcome(of: changeset.id) { return decided }
            try statements.savepoint.run()
        }
        if let refusal = try apply(changeset.mutations, at: time) {
            guard usesSavepoints else { throw Self.needsSavepoints }
            try rollBackToSavepoint()
            try statements.releaseSavepoint.run()
            return .refused(refusal)
        }
        guard try record(changeset.id, committed: true, at: time) else { throw Self.needsSavepoints }
        if usesSavepoints { try statements.releaseSavepoint.run() }
        return .committed(at: time)
    }

    private func refusalBefore(
        _ changeset: Changeset, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        if let deadline = changeset.deadline, time > deadline { return .deadlinePassed }
        for precondition in changeset.preconditions {
            if let refusal = try refusal(of: precondition, before: changeset.mutations, at: time) {
                return refusal
            }
        }
        return nil
    }

    /// The outcome of a changeset, decided now as an abort if it was not decided before.
    func resolveOutcome(of changeset: ChangesetID) throws(SQLiteFailure) -> CommitOutcome {
        if let decided = try outcome(of: changeset) { return decided }
        _ = try record(changeset, committed: false, at: clock.advance())
        return .refused(.aborted)
    }

    private func outcome(of changeset: ChangesetID) throws(SQLiteFailure) -> CommitOutcome? {
        try statements.outcome.bind(1, changeset).first { row in
            row.integer(0) == 1 ? .committed(at: row.time(1)) : .refused(.aborted)
        }
    }

    /// False when it was decided before.
    private func record(
        _ changeset: ChangesetID, committed: Bool, at time: WallTime
    ) throws(SQLiteFailure) -> Bool {
        decidedInGroup += 1
        let insertion = statements.insertOutcome.bind(1, changeset).bind(2, committed ? 1 : 0).bind(3, time)
        return try insertion.runCountingChanges() == 1
    }

    // MARK: Rows

    func isLive(_ content: ContentID) throws(SQLiteFailure) -> Bool {
        try statements.contentIsLive.bind(1, content).first { row in row.integer(0) == 1 } ?? false
    }
}
