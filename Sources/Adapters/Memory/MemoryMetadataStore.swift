package import Domain
package import Ports
private import Synchronization

/// The metadata store in memory: the reference that others are compared with, and the simulator's. Nothing
/// survives it.
///
/// One lock makes every call an instant. No call suspends, so none needs to be woken by a cancellation.
package final class MemoryMetadataStore: MetadataStore, ContentLedger, AnswerLedger, LinkStore, StoreRegistry,
    MemberRegistry
{
    private struct State {
        var tables = MemoryTables()
        var outcomes = RecentOutcomes()
        var stores: [RegisteredStore] = []
        var members: [InstanceID: Member] = [:]
        var latest: WallTime
    }

    private let clock: any TimeSource
    private let id: DeploymentID
    private let treeDirectoriesMax: Int
    private let state: Mutex<State>

    /// An empty filesystem whose root belongs to `owner` and `group`.
    package init(
        time: any TimeSource, entropy: any EntropySource, owner: UserID, group: GroupID,
        treeDirectoriesMax: Int = Limits.treeDirectoriesMax
    ) {
        clock = time
        self.treeDirectoriesMax = treeDirectoriesMax
        let now = time.wallNow()
        id = DeploymentID(entropy.identifier(at: now))
        var state = State(latest: now)
        state.tables.setInode(.root, to: .root(owner: owner, group: group, at: now))
        state.tables.keep()
        self.state = Mutex(state)
    }

    // MARK: MetadataStore

    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        state.withLock { state in
            state.tables.resolve(path, content: content, following: following, at: sample(&state))
        }
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        state.withLock { state in
            state.tables.list(directory, after: name, limit: limit, at: sample(&state))
        }
    }

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        try refuseCancelled()
        return state.withLock { state in
            if let decided = state.outcomes[changeset.id] { return decided }
            let time = advance(&state)
            if let deadline = changeset.deadline, time > deadline { return .refused(.deadlinePassed) }
            for precondition in changeset.preconditions {
                let refusal = state.tables.refusal(
                    of: precondition, at: time, treeDirectoriesMax: treeDirectoriesMax)
                if let refusal { return .refused(refusal) }
            }
            do throws(MutationRefusal) {
                for mutation in changeset.mutations { try state.tables.apply(mutation, at: time) }
            } catch {
                state.tables.takeBack()
                return .refused(error.reason)
            }
            state.tables.keep()
            state.outcomes[changeset.id] = .committed(at: time)
            return .committed(at: time)
        }
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try refuseCancelled()
        return state.withLock { state in
            if let decided = state.outcomes[changeset] { return decided }
            state.outcomes[changeset] = .refused(.aborted)
            return .refused(.aborted)
        }
    }

    // MARK: ContentLedger

    package func reclaim(limit: Int) async throws(MetadataError) -> Int {
        try change { tables, time in tables.reclaim(limit: limit, at: time) }
    }

    package func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation] {
        state.withLock { $0.tables.condemned(before: time, in: stores, limit: limit) }
    }

    package func forget(_ locations: [LocationID]) async throws(MetadataError) {
        try change { tables, _ in tables.forget(locations) }
    }

    package func claimOrphans(
        _ locations: [LocationID], in store: StoreID
    ) async throws(MetadataError) -> [LocationID] {
        try change { tables, time in tables.claimOrphans(locations, in: store, at: time) }
    }

    package func reapDetached(limit: Int) async throws(MetadataError) -> Int {
        try change { tables, time in tables.reapDetached(limit: limit, at: time) }
    }

    package func compact() async throws(MetadataError) -> Bool { false }

    package func now() async throws(MetadataError) -> WallTime {
        state.withLock { sample(&$0) }
    }

    package func counts() async throws(MetadataError) -> LedgerCounts {
        state.withLock { $0.tables.counts }
    }

    package func locations(
        in store: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation] {
        state.withLock { $0.tables.locations(in: store, after: location, limit: limit) }
    }

    package func check(limit: Int) async throws(MetadataError) -> [String] {
        state.withLock { $0.tables.findings(limit: limit) }
    }

    // MARK: LinkStore

    package func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink? {
        state.withLock { state in state.tables.link(key, at: sample(&state)) }
    }

    package func retireLinks(limit: Int) async throws(MetadataError) -> Int {
        try change { tables, time in tables.retireLinks(limit: limit, at: time) }
    }

    // MARK: AnswerLedger

    package func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup {
        state.withLock { state in
            let now = sample(&state)
            let answered = state.tables.answers[key].flatMap { $0.holds(at: now) ? $0 : nil }
            let kept = state.tables.answers.keys.count { $0.principal == key.principal }
            return AnswerLookup(answered: answered, keptOfPrincipal: kept)
        }
    }

    package func forgetAnswers(limit: Int) async throws(MetadataError) -> Int {
        try change { tables, time in
            let over = tables.answers.values.filter { !$0.holds(at: time) }
            let oldest = over.sorted { ($0.at, $0.claim.key.text) < ($1.at, $1.claim.key.text) }.prefix(limit)
            for answer in oldest { tables.setAnswer(answer.claim.key, to: nil) }
            return oldest.count
        }
    }

    // MARK: StoreRegistry

    package func deployment() async throws(MetadataError) -> DeploymentID { id }

    package func stores() async throws(MetadataError) -> [RegisteredStore] {
        state.withLock { $0.stores }
    }

    package func register(_ store: RegisteredStore) async throws(MetadataError) -> Registration {
        try refuseCancelled()
        return state.withLock { state in
            for known in state.stores {
                if known == store { return .confirmed }
                let isSamePlace = known.id == store.id
                let isSameBinding = known.instance == store.instance && known.backend == store.backend
                if isSamePlace || isSameBinding { return .conflict(with: known) }
            }
            state.stores.append(store)
            return .added
        }
    }

    // MARK: MemberRegistry

    package func announce(
        _ announcement: Announcement
    ) async throws(MetadataError) -> AnnouncementOutcome {
        try refuseCancelled()
        return state.withLock { state in
            let known = state.members[announcement.instance]
            let outcome = announcement.outcome(knowing: known, at: advance(&state))
            if case .announced(let member, _) = outcome { state.members[member.instance] = member }
            return outcome
        }
    }

    package func members() async throws(MetadataError) -> MemberList {
        state.withLock { state in
            MemberList(
                members: state.members.values.sorted { $0.instance.text < $1.instance.text },
                time: sample(&state))
        }
    }

    package func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool {
        try refuseCancelled()
        return state.withLock { state in
            let now = advance(&state)
            if let member = state.members[instance], member.standing(at: now) == .serving { return false }
            state.members[instance] = nil
            return true
        }
    }

    // MARK: Private

    /// A cancelled caller changes nothing, so that what `cancelled` says is true.
    private func refuseCancelled() throws(MetadataError) {
        if Task.isCancelled { throw .cancelled }
    }

    private func change<Answer: Sendable>(
        _ body: (inout MemoryTables, WallTime) -> Answer
    ) throws(MetadataError) -> Answer {
        try refuseCancelled()
        return state.withLock { state in
            let answer = body(&state.tables, advance(&state))
            state.tables.keep()
            return answer
        }
    }

    /// The store's time for something that only reads.
    private func sample(_ state: inout State) -> WallTime {
        state.latest = max(state.latest, clock.wallNow())
        return state.latest
    }

    /// The store's time for a change: later than any before.
    private func advance(_ state: inout State) -> WallTime {
        state.latest = max(WallTime(nanoseconds: state.latest.nanoseconds + 1), clock.wallNow())
        return state.latest
    }
}

/// What became of the latest changesets, the oldest forgotten first: after its deadline a changeset cannot
/// happen anyway.
private struct RecentOutcomes {
    /// More than can be in flight within a commit's deadline in any simulation.
    private static let countMax = 262_144

    private var outcomes: [ChangesetID: CommitOutcome] = [:]
    private var order: [ChangesetID] = []
    private var oldest = 0

    subscript(id: ChangesetID) -> CommitOutcome? {
        get { outcomes[id] }
        set {
            guard outcomes.updateValue(newValue ?? .refused(.aborted), forKey: id) == nil else { return }
            order.append(id)
            guard order.count - oldest > Self.countMax else { return }
            outcomes[order[oldest]] = nil
            oldest += 1
            if oldest == Self.countMax {
                order.removeFirst(oldest)
                oldest = 0
            }
        }
    }
}
