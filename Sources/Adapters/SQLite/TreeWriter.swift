internal import CSQLite
internal import Domain

/// Changes the tables, on the writer's thread and inside its transaction.
final class TreeWriter {
    let connection: Connection
    let clock: StoreClock
    let statements: WriterStatements
    let links: LinkWriter
    let answers: AnswerRows
    let treeDirectoriesMax: Int
    private let outcomesKept: Duration
    private var decidedInGroup = 0
    /// Whether each changeset gets a savepoint, so that a refusal by one of its mutations costs the others
    /// nothing. Savepoints copy every page that is touched, and preconditions leave mutations next to nothing
    /// to refuse: so a group runs without them first.
    private var usesSavepoints = false
    /// The inode that was asked for last, while preconditions are checked.
    private var lastState: (id: InodeID, state: InodeState?)?
    /// The content that this changeset published last.
    var published: ContentID?

    init(
        connection: Connection, clock: StoreClock, treeDirectoriesMax: Int, outcomesKept: Duration
    ) throws(SQLiteFailure) {
        self.connection = connection
        self.clock = clock
        self.treeDirectoriesMax = treeDirectoriesMax
        self.outcomesKept = outcomesKept
        statements = try WriterStatements(connection)
        links = try LinkWriter(connection, addCandidate: statements.addCandidate)
        answers = try AnswerRows(connection)
    }

    // MARK: Groups

    /// A mutation was refused in a group without savepoints: the group must run again with them.
    static let needsSavepoints = SQLiteFailure(code: SQLITE_ABORT, text: "a changeset is to be taken back")

    func begin(usesSavepoints: Bool) throws(SQLiteFailure) {
        decidedInGroup = 0
        self.usesSavepoints = usesSavepoints
        try statements.begin.run()
    }

    /// What a transaction that changed something writes last: the newest time given, and in exchange for the
    /// outcomes it added, twice as many old ones go.
    func finishChanges() throws(SQLiteFailure) {
        try statements.setHighWater.bind(1, clock.advance()).run()
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
            try statements.rollBackToSavepoint.run()
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
        lastState = nil
        defer { lastState = nil }
        for precondition in changeset.preconditions {
            if let refusal = try refusal(of: precondition, at: time) { return refusal }
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

    /// What preconditions and mutations ask of an inode most.
    struct InodeState {
        let kind: FileKind
        let accessVersion: UInt64
        let changeVersion: UInt64
        let fence: FencingToken
        let linkCount: Int
        let content: ContentID?
    }

    /// The same as `state`, for preconditions: several in a row ask for one inode, and nothing changes
    /// between them.
    func checkedState(of inode: InodeID) throws(SQLiteFailure) -> InodeState? {
        if let lastState, lastState.id == inode { return lastState.state }
        let state = try state(of: inode)
        lastState = (inode, state)
        return state
    }

    func state(of inode: InodeID) throws(SQLiteFailure) -> InodeState? {
        try statements.inodeState.bind(1, inode).first { row throws(SQLiteFailure) in
            InodeState(
                kind: try InodeRow.kind(row.integer(0)), accessVersion: row.unsigned(1),
                changeVersion: row.unsigned(2), fence: FencingToken(row.unsigned(3)),
                linkCount: Int(row.integer(4)), content: row.optionalIdentifier(5).map(ContentID.init))
        }
    }

    func inode(_ id: InodeID) throws(SQLiteFailure) -> Inode? {
        try statements.inode.bind(1, id).first { row throws(SQLiteFailure) in try InodeRow.read(row) }
    }

    func inode(named name: FileName, in parent: InodeID) throws(SQLiteFailure) -> InodeID? {
        try statements.entry.bind(1, parent).bind(2, name.text).first { row throws(SQLiteFailure) in
            InodeID(try row.identifier(0))
        }
    }

    func hasEntries(_ directory: InodeID) throws(SQLiteFailure) -> Bool {
        try statements.anyEntry.bind(1, directory).hasRow()
    }

    func isLive(_ content: ContentID) throws(SQLiteFailure) -> Bool {
        try statements.contentIsLive.bind(1, content).first { row in row.integer(0) == 1 } ?? false
    }
}
