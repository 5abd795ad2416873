import Domain
import PortContracts
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite("PostgreSQL in trouble", .serialized)
struct TroubleTests {
    @Test("A commit whose session is ended while it waits is ambiguous, and found not to have happened")
    func endedWhileWaiting() async throws {
        try await withStores { it, deployment in
            let holder = try await Holder(deployment)
            let changeset = try Self.creation(of: "a", it)
            async let commit = Self.attempt(changeset, at: it.store)
            try await holder.awaitWaiter()
            try holder.endWaiters()
            #expect(await commit == .failure(.ambiguous))
            try holder.letGo()
            #expect(try await Self.outcome(of: changeset, at: it.store) == .refused(.aborted))
            #expect(try await !it.exists("/a"))
        }
    }

    @Test("A caller that goes away while its commit is under way is answered at once, and it is decided once")
    func cancelledUnderWay() async throws {
        try await withStores { it, deployment in
            let holder = try await Holder(deployment)
            let changeset = try Self.creation(of: "a", it)
            let store = it.store
            let answer = try await withThrowingTaskGroup(of: Result<CommitOutcome, MetadataError>.self) {
                group in
                group.addTask { await Self.attempt(changeset, at: store) }
                try await holder.awaitWaiter()
                group.cancelAll()
                return try await group.next()
            }
            #expect(answer == .failure(.ambiguous))
            try holder.letGo()
            let outcome = try await Self.outcome(of: changeset, at: store)
            #expect(try await it.exists("/a") == (outcome != .refused(.aborted)))
            #expect(try await Self.outcome(of: changeset, at: store) == outcome)
        }
    }

    @Test("A commit that gets no turn alone is unavailable, changes nothing, and works later")
    func noTurnAlone() async throws {
        try await withStores { it, deployment in
            let directory = try await it.makeDirectory("a")
            let holder = try await Holder(deployment)
            let removal = it.changeset(
                [], [.removeEntry(parent: .root, name: try FileName("a"), inode: directory)])
            // It gives up a few times before it does for good; the holder goes in between.
            async let commit = Self.attempt(removal, at: it.store)
            try await holder.awaitWaiter()
            try holder.letGo()
            guard case .success(.committed) = await commit else {
                Issue.record("it had its turn")
                return
            }
            #expect(try await !it.exists("/a"))
        }
    }

    @Test("Whatever sessions are ended at whatever time, each outcome is the truth")
    func endedAtRandom() async throws {
        try await withStores { it, deployment in
            let ender = try deployment.session()
            defer { ender.close() }
            let outcomes = try await withThrowingTaskGroup(of: [(String, Bool)].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var outcomes: [(String, Bool)] = []
                        for round in 0..<30 {
                            let name = "w\(worker)r\(round)"
                            let changeset = try Self.creation(of: name, it)
                            async let answer = Self.attempt(changeset, at: it.store)
                            if (round + worker) % 4 == 0 {
                                try Self.endSessions(of: deployment, by: ender)
                            }
                            switch await answer {
                            case .success(.committed): outcomes.append((name, true))
                            case .failure(.unavailable): outcomes.append((name, false))
                            case .failure(.ambiguous):
                                let found = try await Self.outcome(of: changeset, at: it.store)
                                outcomes.append((name, found != .refused(.aborted)))
                            case let other: Issue.record("\(other)")
                            }
                        }
                        return outcomes
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var names: Set<String> = []
            let root = try await Self.repeated { try await it.store.resolve(.root, content: .none) }
            let page = try await it.store.list(root, after: nil, limit: 1_000)
            for entry in try #require(page).entries { names.insert(entry.name.text) }
            for (name, happened) in outcomes {
                #expect(names.contains(name) == happened, "\(name)")
            }
            #expect(names.isSubset(of: outcomes.map(\.0)))
            try await it.expectSound()
        }
    }

    @Test("Who creates something in a directory does not wait for others who do")
    func creatorsAtOnce() async throws {
        try await withStores { it, deployment in
            let directory = try await it.makeDirectory("d")
            let other = try deployment.session()
            defer { other.close() }
            // A place for each session, so that no two share one by chance.
            try other.run(
                """
                CREATE OR REPLACE FUNCTION slot() RETURNS smallint LANGUAGE sql STABLE AS
                $$ SELECT (pg_backend_pid() % 32767)::smallint $$
                """)
            let new = it.newInode(.file)
            let creation = it.changeset(
                [],
                [
                    .createInode(new),
                    .addEntry(parent: directory, name: try FileName("theirs"), inode: new.id),
                ])
            let message = ChangesetMessage(creation, treeDirectoriesMax: 1)
            try other.run("SET idle_in_transaction_session_timeout = 0")
            try other.run(
                "BEGIN",
                """
                SELECT * FROM commit_changeset('\(creation.id)', '\(message.json)', '', false)
                """)
            let before = try await it.inode("/d")
            try await it.makeFile("ours", in: directory)
            #expect(try await it.names(in: "/d") == ["ours"])
            try other.run("COMMIT")
            let after = try await it.inode("/d")
            #expect(try await it.names(in: "/d") == ["ours", "theirs"])
            #expect(after.changeVersion == before.changeVersion + 2)
            #expect(after.modifiedAt > before.modifiedAt)
            // What is pending goes into the row when somebody sets the time, and counts no more.
            var change = AttributeChange()
            change.modifiedAt = WallTime(nanoseconds: 5)
            try await it.apply([.setAttributes(directory, change)])
            #expect(try await it.inode("/d").modifiedAt == WallTime(nanoseconds: 5))
            #expect(try await it.inode("/d").changeVersion == after.changeVersion + 1)
            #expect(try other.text("SELECT 1::text FROM touch WHERE directory = '\(directory)'") == nil)
            try await it.expectSound()
        }
    }

    @Test(
        "Random changesets of many nodes at once leave a tree without contradictions",
        arguments: UInt64(1)...2)
    func randomAtOnce(seed: UInt64) async throws {
        try await withStores { it, deployment in
            let log = RecordingLog()
            let other = try deployment.open(log: log)
            defer { other.close() }
            let third = try deployment.open(log: log)
            defer { third.close() }
            let random = SharedRandom(seed: seed)
            let committed = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<6 {
                    let store: any MetadataSubject.Store = worker % 2 == 0 ? third : other
                    group.addTask {
                        var committed = 0
                        var world: [RandomChangesets.Place] = []
                        for step in 0..<60 {
                            if step % 5 == 0 { world = try await Self.world(of: store) }
                            let now = try await store.now()
                            let next = random.next(now: now, world: world)
                            if case .commit(let changeset) = next, !Self.isLikeAPlan(changeset, in: world) {
                                continue
                            }
                            do {
                                if try await Self.take(next, at: store) { committed += 1 }
                            } catch {
                                Issue.record("\(error) \(next) \(log.events)")
                            }
                        }
                        return committed
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(committed > 20, "seed \(seed) changes too little to show anything")
            try await it.expectSound()
            try await it.settle()
            try await it.expectSound()
        }
    }

    @Test("A changeset of thousands of mutations is one commit")
    func large() async throws {
        let count = 2_000
        try await withStores { it, _ in
            let top = it.newInode(.directory)
            var mutations: [Mutation] = [
                .createInode(top), .addEntry(parent: .root, name: try FileName("copy"), inode: top.id),
            ]
            for index in 1..<count {
                let new = it.newInode(.file)
                mutations += [
                    .createInode(new),
                    .addEntry(parent: top.id, name: try FileName("f\(index)"), inode: new.id),
                ]
            }
            try await it.apply(mutations)
            #expect(try await it.inode("/copy").changeVersion == UInt64(count))
            let directory = try await it.resolve("/copy")
            let page = try await it.store.list(directory, after: nil, limit: Limits.listPageMax)
            #expect(page?.entries.count == count - 1)
        }
    }

    // MARK: What it is about

    private static func creation(of name: String, _ it: MetadataSubject) throws -> Changeset {
        let new = it.newInode(.directory)
        return it.changeset(
            [.noEntry(parent: .root, name: try FileName(name))],
            [.createInode(new), .addEntry(parent: .root, name: try FileName(name), inode: new.id)])
    }

    static func attempt(
        _ changeset: Changeset, at store: any MetadataStore
    ) async -> Result<CommitOutcome, MetadataError> {
        do throws(MetadataError) { return .success(try await store.commit(changeset)) } catch {
            return .failure(error)
        }
    }

    /// Asks until there is an answer.
    static func outcome(of changeset: Changeset, at store: any MetadataStore) async throws -> CommitOutcome {
        try await repeated { try await store.resolveOutcome(of: changeset.id) }
    }

    @discardableResult
    static func repeated<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 0..<10_000 {
            do { return try await body() } catch MetadataError.unavailable { continue }
        }
        throw MetadataError.unavailable
    }

    /// Every session of stores; those of the test have another name.
    private static func endSessions(of deployment: TestDeployment, by session: Session) throws {
        try session.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
            AND application_name = '\(deployment.settings.schema)'
            """)
    }

    /// What no plan does: two moves in one changeset, which could make a circle of their own, since guards
    /// see the tree as it is before; and another name for what is not known as a file, which could be a
    /// directory that was cut off.
    private static func isLikeAPlan(_ changeset: Changeset, in world: [RandomChangesets.Place]) -> Bool {
        var moves = 0
        var made: Set<InodeID> = []
        for mutation in changeset.mutations {
            switch mutation {
            case .createInode(let new): made.insert(new.id)
            case .moveEntry: moves += 1
            case .addEntry(_, _, let inode) where !made.contains(inode):
                if !world.contains(where: { $0.inode.id == inode && $0.inode.kind == .file }) { return false }
            default: break
            }
        }
        return moves < 2
    }

    private static func take(
        _ step: RandomChangesets.Step, at store: any MetadataSubject.Store
    ) async throws -> Bool {
        switch step {
        case .commit(let changeset):
            if case .committed = try await store.commit(changeset) { return true }
        case .resolveOutcome(let id): _ = try await store.resolveOutcome(of: id)
        case .reclaim(let limit): _ = try await store.reclaim(limit: limit)
        case .reap(let limit): _ = try await store.reapDetached(limit: limit)
        case .claim(let ids): _ = try await store.claimOrphans(ids, in: RandomChangesets.place)
        case .retireLinks(let limit): _ = try await store.retireLinks(limit: limit)
        case .forget(let ids): try await store.forget(ids)
        }
        return false
    }

    private static func world(of store: any MetadataStore) async throws -> [RandomChangesets.Place] {
        var places: [RandomChangesets.Place] = []
        var waiting = [try await store.resolve(.root, content: .none)]
        while let directory = waiting.popLast() {
            guard let page = try await store.list(directory, after: nil, limit: 1_000) else { continue }
            for entry in page.entries {
                places.append(
                    RandomChangesets.Place(
                        parent: directory.deepest.id, name: entry.name, inode: entry.inode))
                guard entry.inode.kind == .directory, directory.steps.count < 8 else { continue }
                waiting.append(directory.appending(entry, time: page.time))
            }
        }
        return places
    }

    private func withStores(
        _ body: (MetadataSubject, TestDeployment) async throws -> Void
    ) async throws {
        var deployment = TestDeployment(on: try PostgresServer.shared.get())
        // So that its sessions are known from those of others.
        deployment.settings.dsn += " application_name=\(deployment.settings.schema)"
        let entropy = SeededEntropy()
        let store = try deployment.open(entropy: entropy)
        defer { store.close() }
        try await body(MetadataSubject(store: store, time: ManualTime(), entropy: entropy), deployment)
    }
}

/// Random changesets of which several draw.
private final class SharedRandom: Sendable {
    private let random: Mutex<RandomChangesets>

    init(seed: UInt64) { random = Mutex(RandomChangesets(seed: seed)) }

    func next(now: WallTime, world: [RandomChangesets.Place]) -> RandomChangesets.Step {
        random.withLock { $0.next(now: now, world: world) }
    }
}

/// Asks until there is a row.
func awaitRow(_ statement: String, of session: Session) async throws {
    for _ in 0..<100_000 {
        if try session.text(statement) != nil { return }
        await Task.yield()
    }
    throw ServerProblem("waited for in vain: \(statement)")
}

/// A session that has the namespace for itself, so that commits wait.
final class Holder: Sendable {
    private let session: Session
    private let watcher: Session
    private let name: String

    init(_ deployment: TestDeployment) async throws {
        session = try deployment.session()
        watcher = try deployment.session()
        name = deployment.settings.schema
        try session.run("SET idle_in_transaction_session_timeout = 0")
        try session.run("BEGIN", "SELECT lock_namespace(true, '0')")
    }

    private var waiting: String {
        "application_name = '\(name)' AND wait_event_type = 'Lock' AND wait_event = 'advisory'"
    }

    /// Returns when some commit waits. Others may run meanwhile, or there would be none.
    func awaitWaiter() async throws {
        try await awaitRow("SELECT pid::text FROM pg_stat_activity WHERE \(waiting)", of: watcher)
    }

    /// Ends the sessions that wait.
    func endWaiters() throws {
        try watcher.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(waiting)")
    }

    func letGo() throws {
        try session.run("ROLLBACK")
        session.close()
        watcher.close()
    }
}
