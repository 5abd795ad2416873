package import Domain
package import Ports
internal import Synchronization

/// The metadata store in one SQLite file, for a node that needs no other server.
///
/// One thread writes: changesets that wait share a transaction and its one sync, and are answered after it;
/// one that is refused half done makes the group run again with a savepoint for each. Reads run on the
/// caller's thread, each in one snapshot, through a few connections of their own. Another process must be
/// kept out by a lock on the directory; connections of one process see each other's commits.
package final class SQLiteMetadataStore: MetadataStore, ContentLedger, AnswerLedger, LinkStore, StoreRegistry,
    MemberRegistry
{
    private let path: String
    private let clock: StoreClock
    private let id: DeploymentID
    private let readers: ReaderPool
    private let thread: WriterThread
    private let failures: FailureLog
    private let logIndex: Mutex<LogIndexReserve?>
    private let isClosed = Mutex(false)

    /// Opens the filesystem in `directory`, making it when there is none, with a root that belongs to `owner`
    /// and `group`. Blocks until the file was read and, when it is new, until it is on stable storage.
    ///
    /// `onFatal` is called from the writer's thread when what is on stable storage cannot be known, with a
    /// sentence for the log; it should end the process. If it returns, everything that writes is refused from
    /// then on. `log` gets what SQLite itself said of every failure; a caller is told its kind only.
    package init(
        directory: String, time: any TimeSource, entropy: any EntropySource, owner: UserID, group: GroupID,
        treeDirectoriesMax: Int = Limits.treeDirectoriesMax,
        outcomesKept: Duration = SQLiteLimits.outcomesKeptDefault, pagesMax: Int? = nil,
        log: any EventLog = SilentEventLog(), onFatal: @escaping @Sendable (String) -> Void
    ) throws(MetadataOpenError) {
        let failures = FailureLog(log)
        let path = directory + "/" + DatabaseFile.name
        let founding = Founding(owner: owner, group: group, time: time, entropy: entropy)
        let (file, connection) = try MetadataOpenError.explaining(path) { () throws(SQLiteFailure) in
            (try DatabaseFile(directory: directory), try Connection(path: path, role: .writer))
        }
        let state = try Migration(connection, path: path).run(founding)
        let clock = StoreClock(source: time, highWater: state.highWater)
        let directories = KnownDirectories(highWater: state.highWater)
        readers = try MetadataOpenError.explaining(path) { () throws(SQLiteFailure) in
            try file.makeDurable()
            return try ReaderPool(path: path, clock: clock, directories: directories, failures: failures)
        }
        let writer = try MetadataOpenError.explaining(path) { () throws(SQLiteFailure) in
            if let pagesMax { try connection.execute("PRAGMA max_page_count = \(pagesMax)") }
            let tree = try TreeWriter(
                connection: connection, clock: clock, directories: directories,
                treeDirectoriesMax: treeDirectoriesMax, outcomesKept: outcomesKept)
            let reserve = SpaceReserve(directory: directory)
            return try Writer(
                connection: connection, tree: tree, reserve: reserve, failures: failures, onFatal: onFatal)
        }
        self.path = path
        self.clock = clock
        id = state.deployment
        self.failures = failures
        logIndex = Mutex(LogIndexReserve(path: path))
        thread = WriterThread(capacity: SQLiteLimits.waitingCallsMax) { writer.process($0) }
        thread.start()
    }

    deinit { close() }

    /// Finishes the writing that waits and closes the file. Blocks. Safe to repeat; everything is unavailable
    /// afterwards.
    package func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        // The last connection to go tidies the log away, which only the writer's may.
        readers.close()
        thread.close()
        logIndex.withLock { $0 = nil }
    }

    // MARK: MetadataStore

    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        try read { reader throws(SQLiteFailure) in
            try reader.resolve(path, content: content, following: following)
        }
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        try read { reader throws(SQLiteFailure) in
            try reader.list(directory, after: name, limit: limit)
        }
    }

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        try await write(
            byteCount: changeset.inlineByteCount, addsSomething: changeset.addsSomething
        ) { writer throws(SQLiteFailure) in
            try writer.tree.commit(changeset)
        }
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try await write { writer throws(SQLiteFailure) in try writer.tree.resolveOutcome(of: changeset) }
    }

    // MARK: ContentLedger

    package func reclaim(limit: Int) async throws(MetadataError) -> Int {
        try await write { writer throws(SQLiteFailure) in try writer.ledger.reclaim(limit: limit) }
    }

    package func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation] {
        try read { reader throws(SQLiteFailure) in
            try reader.condemned(before: time, in: stores, limit: limit)
        }
    }

    package func forget(_ locations: [LocationID]) async throws(MetadataError) {
        try await write { writer throws(SQLiteFailure) in try writer.ledger.forget(locations) }
    }

    package func claimOrphans(
        _ locations: [LocationID], in store: StoreID
    ) async throws(MetadataError) -> [LocationID] {
        try await write { writer throws(SQLiteFailure) in
            try writer.ledger.claimOrphans(locations, in: store)
        }
    }

    package func reapDetached(limit: Int) async throws(MetadataError) -> Int {
        try await write { writer throws(SQLiteFailure) in try writer.ledger.reapDetached(limit: limit) }
    }

    package func compact() async throws(MetadataError) -> Bool {
        try await write(isAlone: true) { writer throws(SQLiteFailure) in try writer.compact() }
    }

    package func now() async throws(MetadataError) -> WallTime { clock.sample() }

    package func counts() async throws(MetadataError) -> LedgerCounts {
        try read { reader throws(SQLiteFailure) in try reader.counts() }
    }

    package func locations(
        in store: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation] {
        try read { reader throws(SQLiteFailure) in
            try reader.locations(in: store, after: location, limit: limit)
        }
    }

    package func check(limit: Int) async throws(MetadataError) -> [String] {
        try await Inspection(path: path, limit: limit, failures: failures).findings()
    }

    // MARK: LinkStore

    package func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink? {
        try read { reader throws(SQLiteFailure) in try reader.link(key) }
    }

    package func retireLinks(limit: Int) async throws(MetadataError) -> Int {
        try await write { writer throws(SQLiteFailure) in try writer.ledger.retireLinks(limit: limit) }
    }

    // MARK: AnswerLedger

    package func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup {
        try read { reader throws(SQLiteFailure) in try reader.answer(to: key) }
    }

    package func forgetAnswers(limit: Int) async throws(MetadataError) -> Int {
        try await write { writer throws(SQLiteFailure) in
            let bound = writer.tree.clock.sample() - Limits.idempotencyKept
            return try writer.tree.answers.forget(before: bound, limit: limit)
        }
    }

    // MARK: StoreRegistry

    package func deployment() async throws(MetadataError) -> DeploymentID { id }

    package func stores() async throws(MetadataError) -> [RegisteredStore] {
        try read { reader throws(SQLiteFailure) in try reader.stores() }
    }

    package func register(_ store: RegisteredStore) async throws(MetadataError) -> Registration {
        try await write { writer throws(SQLiteFailure) in try writer.ledger.register(store) }
    }

    // MARK: MemberRegistry

    package func announce(
        _ announcement: Announcement
    ) async throws(MetadataError) -> AnnouncementOutcome {
        do throws(MetadataError) {
            return try await write { writer throws(SQLiteFailure) in try writer.announce(announcement) }
        } catch .ambiguous {
            throw .cancelled
        }
    }

    package func members() async throws(MetadataError) -> MemberList {
        try read { reader throws(SQLiteFailure) in try reader.members() }
    }

    package func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool {
        try await write { writer throws(SQLiteFailure) in try writer.forget(instance) }
    }

    // MARK: Private

    private func read<Value: Sendable>(
        _ body: (TreeReader) throws(SQLiteFailure) -> Value
    ) throws(MetadataError) -> Value {
        try readers.read(body)
    }

    private func write<Answer: Sendable>(
        byteCount: Int = 0, addsSomething: Bool = false, isAlone: Bool = false,
        _ body: @escaping @Sendable (Writer) throws(SQLiteFailure) -> Answer
    ) async throws(MetadataError) -> Answer {
        let kept = KeptAnswer<Answer>()
        let call = PendingCall(byteCount: byteCount, addsSomething: addsSomething, isAlone: isAlone) {
            writer throws(SQLiteFailure) in kept.put(try body(writer))
        }
        if let error = await end(of: call) { throw error }
        return kept.take()
    }

    private func end(of call: PendingCall) async -> MetadataError? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard call.attach(continuation) else { return }
                guard !thread.enqueue(call) else { return }
                // A store that was closed owes nobody an explanation.
                if !isClosed.withLock({ $0 }) {
                    failures.reportRefusal("too many calls wait for the writer")
                }
                call.fail(.unavailable)
            }
        } onCancel: {
            call.cancel()
        }
    }
}

extension Changeset {
    /// Whether the tree is larger afterwards.
    fileprivate var addsSomething: Bool {
        mutations.contains { mutation in
            switch mutation {
            case .createInode, .addEntry, .publishContent, .addLink: true
            case .removeEntry, .detachTree, .moveEntry, .setContent, .setAttributes, .raiseFence, .claimLink,
                .finishLink, .recordAnswer:
                false
            }
        }
    }

    /// How much of the transaction's room it takes.
    fileprivate var inlineByteCount: Int {
        mutations.reduce(0) { sum, mutation in
            guard case .publishContent(let content) = mutation else { return sum }
            return sum + (content.inlineBytes?.count ?? 0)
        }
    }
}
