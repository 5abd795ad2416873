import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import Synchronization
import TestSupport
import Testing

@Suite("Leases and the commits under them")
struct LeaseDeadlineTests {
    private static func write(
        _ node: Node, _ bytes: [UInt8], before: @escaping (Int) async -> Void = { _ in }
    ) async -> Result<WrittenFile, Failure> {
        do throws(Failure) {
            let path: FilePath
            do { path = try FilePath(parsing: "/f") } catch { throw .internalError("\(error)") }
            return .success(
                try await node.writeFile(
                    path,
                    FileUpload(
                        disposition: .createOrReplace, length: nil,
                        body: PiecewiseBody(bytes, before: before)),
                    by: TestNode.owner))
        } catch {
            return .failure(error)
        }
    }

    private static func content(_ cluster: TestCluster) async throws -> [UInt8] {
        try await cluster.send(.get, "/v1/files/f", to: 1).body
    }

    private static func failure(_ result: Result<WrittenFile, Failure>) -> Failure? {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    @Test("A holder paused past its lease before its commit is refused, and the later writer's content stays")
    func paused() async throws {
        let pause = PausedCommits()
        let cluster = TestCluster(2, decorate: { pause.over($0) })
        try await cluster.start()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 1, body: [1]).status == 201)
        let (one, two) = (cluster[1].node, cluster[2].node)
        let time = cluster.time
        // The first is held up right before its commit; its lease runs out, the second writes.
        pause.beforeNext {
            time.advance(by: Limits.leaseDefault + .seconds(1))
            for node in [one, two] { try? await node.resume() }
            await two.dependencies.cluster?.membership.lookAround()
            #expect(Self.failure(await Self.write(two, [2])) == nil)
        }
        #expect(Self.failure(await Self.write(one, [3])) == .refused(.superseded))
        #expect(try await Self.content(cluster) == [2])
    }

    @Test("A holder paused past its lease is refused even if nobody has written since")
    func pausedAlone() async throws {
        let pause = PausedCommits()
        let cluster = TestCluster(1, decorate: { pause.over($0) })
        try await cluster.start()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 1, body: [1]).status == 201)
        let time = cluster.time
        pause.beforeNext { time.advance(by: Limits.leaseDefault + .seconds(1)) }
        #expect(Self.failure(await Self.write(cluster[1].node, [3])) == .refused(.superseded))
        #expect(try await Self.content(cluster) == [1])
    }

    @Test("The store is told to commit no later than the lease ends, counted from the sample of its time")
    func deadline() async throws {
        let pause = PausedCommits()
        var settings = TestCluster.nothingInline
        settings.lease = .seconds(2)
        settings.metadataTimeout = .seconds(20)
        let cluster = TestCluster(1, settings: settings, decorate: { pause.over($0) })
        try await cluster.start()
        let start = cluster.time.wallNow()
        #expect(Self.failure(await Self.write(cluster[1].node, [1])) == nil)
        let deadline = try #require(pause.deadlines.last)
        #expect(deadline >= start)
        #expect(deadline <= start + .seconds(2) + .milliseconds(1))
    }

    @Test("A store that is ahead when it commits refuses what the lease does not cover any more")
    func storeAhead() async throws {
        let pause = PausedCommits()
        var settings = TestCluster.nothingInline
        settings.lease = .seconds(2)
        let cluster = TestCluster(1, settings: settings, decorate: { pause.over($0) })
        try await cluster.start()
        let time = cluster.time
        // Only the store's own time goes on: the commit waits somewhere on its way.
        pause.beforeNext { time.jumpWall(by: .seconds(3)) }
        let outcome = Self.failure(await Self.write(cluster[1].node, [1]))
        #expect(outcome == .deadlineExceeded)
    }

    @Test("A lease is renewed while its holder's commit waits, so nobody else gets it")
    func renewal() async throws {
        let pause = PausedCommits()
        var settings = TestCluster.nothingInline
        settings.lease = .seconds(2)
        let locks = CountedRenewals()
        let cluster = TestCluster(
            1, settings: settings, lockService: { locks.over(time: $0) }, decorate: { pause.over($0) })
        try await cluster.start()
        let time = cluster.time
        pause.beforeNext {
            // Five seconds in steps that let the renewals happen.
            for _ in 0..<50 {
                let before = locks.renewals
                time.advance(by: .milliseconds(100))
                for _ in 0..<200 where locks.renewals == before { await Task.yield() }
            }
        }
        _ = await Self.write(cluster[1].node, [1])
        #expect(locks.renewals >= 1)
    }

    @Test("Without a lock service writers go on, and put the fence above the tokens given before")
    func proceed() async throws {
        let outage = LockOutage()
        let cluster = TestCluster(1, lockService: { outage.over(time: $0) })
        try await cluster.start()
        #expect(Self.failure(await Self.write(cluster[1].node, [1])) == nil)
        let before = try await Self.fence(cluster)
        cluster.time.advance(by: .milliseconds(1))
        outage.isDown = true
        #expect(Self.failure(await Self.write(cluster[1].node, [2])) == nil)
        #expect(try await Self.content(cluster) == [2])
        let between = try await Self.fence(cluster)
        #expect(between > before)
        outage.isDown = false
        #expect(Self.failure(await Self.write(cluster[1].node, [3])) == nil)
        #expect(try await Self.fence(cluster) > between)
    }

    @Test("Without a lock service writers are refused where that was chosen, readers are not")
    func refuse() async throws {
        let outage = LockOutage()
        var settings = TestCluster.nothingInline
        settings.onLocksUnavailable = .refuse
        let cluster = TestCluster(1, settings: settings, lockService: { outage.over(time: $0) })
        try await cluster.start()
        #expect(Self.failure(await Self.write(cluster[1].node, [1])) == nil)
        outage.isDown = true
        let answer = try await cluster.send(.put, "/v1/files/f", to: 1, body: [2])
        #expect(answer.status == 503)
        #expect(answer.text.contains("LOCKS_UNAVAILABLE"))
        #expect(try await Self.content(cluster) == [1])
    }

    @Test("A token that is not above the fence is given back and another one acquired")
    func lowTokens() async throws {
        let outage = LockOutage()
        let cluster = TestCluster(1, lockService: { outage.over(time: $0) })
        try await cluster.start()
        #expect(Self.failure(await Self.write(cluster[1].node, [1])) == nil)
        outage.forgottenTokens = 2
        #expect(Self.failure(await Self.write(cluster[1].node, [2])) == nil)
        #expect(outage.forgottenTokens == 0)
        #expect(try await Self.content(cluster) == [2])
    }

    private static func fence(_ cluster: TestCluster) async throws -> FencingToken {
        let resolution = try await cluster.metadata.resolve(FilePath(parsing: "/f"), content: .none)
        return try #require(resolution.target).fence
    }
}

/// Holds commits up, as a pause of the process or of the network does.
final class PausedCommits: Sendable {
    private struct State {
        var next: (@Sendable () async -> Void)?
        var deadlines: [WallTime?] = []
    }

    private let state = Mutex(State())

    /// What happens before the next commit is handed to the store, once.
    func beforeNext(_ act: @escaping @Sendable () async -> Void) { state.withLock { $0.next = act } }

    /// Of the commits so far.
    var deadlines: [WallTime] { state.withLock { $0.deadlines.compactMap(\.self) } }

    func over(_ store: any MetadataStore) -> any MetadataStore { Store(store, self) }

    private func hold(_ changeset: Changeset) async {
        let act = state.withLock { state in
            state.deadlines.append(changeset.deadline)
            defer { state.next = nil }
            return state.next
        }
        await act?()
    }

    private struct Store: MetadataStore {
        let store: any MetadataStore
        let pause: PausedCommits

        init(_ store: any MetadataStore, _ pause: PausedCommits) {
            self.store = store
            self.pause = pause
        }

        func resolve(
            _ path: FilePath, content: ContentDetail, following: LinkFollowing
        ) async throws(MetadataError) -> Resolution {
            try await store.resolve(path, content: content, following: following)
        }

        func list(
            _ directory: Resolution, after name: FileName?, limit: Int
        ) async throws(MetadataError) -> DirectoryPage? {
            try await store.list(directory, after: name, limit: limit)
        }

        func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
            await pause.hold(changeset)
            return try await store.commit(changeset)
        }

        func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
            try await store.resolveOutcome(of: changeset)
        }
    }
}

/// A lock service that can be away, and that can have forgotten what it gave.
final class LockOutage: Sendable {
    private let state = Mutex((isDown: false, forgotten: 0))

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// How many leases come with a token of long ago.
    var forgottenTokens: Int {
        get { state.withLock { $0.forgotten } }
        set { state.withLock { $0.forgotten = newValue } }
    }

    func over(time: ManualTime) -> any LockService { Service(locks: InProcessLockService(time: time), self) }

    private func isForgotten() -> Bool {
        state.withLock { state in
            guard state.forgotten > 0 else { return false }
            state.forgotten -= 1
            return true
        }
    }

    private struct Service: LockService {
        let locks: InProcessLockService
        let outage: LockOutage

        init(locks: InProcessLockService, _ outage: LockOutage) {
            self.locks = locks
            self.outage = outage
        }

        func acquire(
            _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
        ) async throws(LockError) -> Lease {
            if outage.isDown { throw .unavailable }
            if outage.isForgotten() {
                let now = MonotonicInstant(nanoseconds: 1)
                return Lease(resource: resource, token: FencingToken(1), endsAt: now + lease)
            }
            return try await locks.acquire(resource, above: fence, lease: lease, wait: wait)
        }

        func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease {
            if outage.isDown { throw .unavailable }
            return try await locks.renew(lease, by: duration)
        }

        func release(_ lease: Lease) async { await locks.release(lease) }
    }
}

/// A lock service that counts renewals.
final class CountedRenewals: Sendable {
    private let count = Mutex(0)

    var renewals: Int { count.withLock { $0 } }

    func over(time: ManualTime) -> any LockService { Service(locks: InProcessLockService(time: time), self) }

    private struct Service: LockService {
        let locks: InProcessLockService
        let counted: CountedRenewals

        init(locks: InProcessLockService, _ counted: CountedRenewals) {
            self.locks = locks
            self.counted = counted
        }

        func acquire(
            _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
        ) async throws(LockError) -> Lease {
            try await locks.acquire(resource, above: fence, lease: lease, wait: wait)
        }

        func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease {
            let renewed = try await locks.renew(lease, by: duration)
            counted.count.withLock { $0 += 1 }
            return renewed
        }

        func release(_ lease: Lease) async { await locks.release(lease) }
    }
}
