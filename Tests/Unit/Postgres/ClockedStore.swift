import Domain
import PortContracts
import Ports
import Postgres
import Synchronization
import TestSupport

/// A store whose server has the time of the test: what the test has moved is told to the server before the
/// next call. The server's own clock is the only thing of the schema that is replaced.
struct ClockedStore: MetadataSubject.Store {
    let store: PostgresMetadataStore
    let clock: ServerClock

    func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        try await clock.current(store).resolve(path, content: content, following: following)
    }

    func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        try await clock.current(store).list(directory, after: name, limit: limit)
    }

    func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        try await clock.current(store).commit(changeset)
    }

    func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try await clock.current(store).resolveOutcome(of: changeset)
    }

    func reclaim(limit: Int) async throws(MetadataError) -> Int {
        try await clock.current(store).reclaim(limit: limit)
    }

    func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation] {
        try await clock.current(store).condemned(before: time, in: stores, limit: limit)
    }

    func forget(_ locations: [LocationID]) async throws(MetadataError) {
        try await clock.current(store).forget(locations)
    }

    func claimOrphans(
        _ locations: [LocationID], in place: StoreID
    ) async throws(MetadataError) -> [LocationID] {
        try await clock.current(store).claimOrphans(locations, in: place)
    }

    func reapDetached(limit: Int) async throws(MetadataError) -> Int {
        try await clock.current(store).reapDetached(limit: limit)
    }

    func compact() async throws(MetadataError) -> Bool { try await clock.current(store).compact() }
    func now() async throws(MetadataError) -> WallTime { try await clock.current(store).now() }
    func counts() async throws(MetadataError) -> LedgerCounts { try await clock.current(store).counts() }

    func locations(
        in place: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation] {
        try await clock.current(store).locations(in: place, after: location, limit: limit)
    }

    func check(limit: Int) async throws(MetadataError) -> [String] {
        try await clock.current(store).check(limit: limit)
    }

    func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink? {
        try await clock.current(store).link(key)
    }

    func retireLinks(limit: Int) async throws(MetadataError) -> Int {
        try await clock.current(store).retireLinks(limit: limit)
    }

    func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup {
        try await clock.current(store).answer(to: key)
    }

    func forgetAnswers(limit: Int) async throws(MetadataError) -> Int {
        try await clock.current(store).forgetAnswers(limit: limit)
    }

    func deployment() async throws(MetadataError) -> DeploymentID {
        try await clock.current(store).deployment()
    }

    func stores() async throws(MetadataError) -> [RegisteredStore] {
        try await clock.current(store).stores()
    }

    func register(_ place: RegisteredStore) async throws(MetadataError) -> Registration {
        try await clock.current(store).register(place)
    }

    func announce(_ announcement: Announcement) async throws(MetadataError) -> AnnouncementOutcome {
        try await clock.current(store).announce(announcement)
    }

    func members() async throws(MetadataError) -> MemberList { try await clock.current(store).members() }

    func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool {
        try await clock.current(store).forget(instance)
    }
}

/// The clock of a server, moved by hand.
final class ServerClock: Sendable {
    private struct State {
        let session: Session
        var time: ManualTime
        var told: WallTime?
    }

    private let state: Mutex<State>

    /// Replaces the clock of a filesystem, and takes everything out of that, which begins at the time of the
    /// test then.
    init(_ session: Session, time: ManualTime) throws {
        try session.run(
            "CREATE TABLE test_clock (now bigint NOT NULL)", "INSERT INTO test_clock VALUES (0)",
            """
            CREATE OR REPLACE FUNCTION clock() RETURNS bigint LANGUAGE sql VOLATILE AS
            $$ SELECT now FROM test_clock $$
            """)
        state = Mutex(State(session: session, time: time))
        try begin(anew: time)
    }

    func begin(anew time: ManualTime) throws {
        let now = time.wallNow()
        try state.withLock { state in
            state.time = time
            state.told = now
            // Whoever was cancelled may still be at work.
            try state.session.run(
                "BEGIN", "SELECT lock_namespace(true, '10s')", "DELETE FROM answer",
                "DELETE FROM answer_count", "DELETE FROM link", "DELETE FROM member", "DELETE FROM store",
                "DELETE FROM changeset", "DELETE FROM detached", "DELETE FROM entry", "DELETE FROM touch",
                "DELETE FROM inode WHERE id <> '\(InodeID.root)'", "DELETE FROM content_bytes",
                "DELETE FROM candidate", "DELETE FROM location", "DELETE FROM content",
                "UPDATE test_clock SET now = \(now.nanoseconds)",
                "SELECT setval('store_time', \(now.nanoseconds))",
                """
                UPDATE inode SET mode = 493, owner = \(MetadataSubject.owner.value),
                    owner_group = \(MetadataSubject.group.value), modified = \(now.nanoseconds),
                    changed = \(now.nanoseconds), born = \(now.nanoseconds), access_version = 1,
                    change_version = 1, representation_version = 1, media_type = NULL, metadata = NULL,
                    fence = \(Int64.min), size = 0, content = NULL
                """, "COMMIT")
        }
    }

    func current(_ store: PostgresMetadataStore) throws(MetadataError) -> PostgresMetadataStore {
        let isTold = state.withLock { state in
            let now = state.time.wallNow()
            if state.told == now { return true }
            state.told = now
            do {
                try state.session.run("UPDATE test_clock SET now = \(now.nanoseconds)")
                return true
            } catch {
                state.told = nil
                return false
            }
        }
        guard isTold else { throw .unavailable }
        return store
    }

    func close() { state.withLock { $0.session.close() } }
}
