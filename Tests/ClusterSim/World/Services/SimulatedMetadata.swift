package import Domain
package import Memory
package import Ports
import SimCheckers

/// The metadata service as a node reaches it: the reference store, with everything between that a connection
/// to a database server can do to a call.
///
/// A call that never arrived is `unavailable`. A commit of which nobody knows whether it arrived is
/// `ambiguous`; so is one whose caller was cancelled. A reader without an answer is told `unavailable`.
package final class SimulatedMetadata: MetadataStore, ContentLedger, AnswerLedger, LinkStore, StoreRegistry,
    MemberRegistry
{
    private let store: MemoryMetadataStore
    private let link: any ServiceLink
    private let patience: Duration
    private let observer: Observer?
    private let turns: CommitTurns?

    /// Hears what is done here for which operation of the history.
    package struct Observer: Sendable {
        /// A snapshot is taken.
        let looks: @Sendable (OperationID) -> Void
        /// Something was committed.
        let commits: @Sendable (OperationID) -> Void
        /// A commit is sent; what is returned is called once it is done or can never be done any more.
        let sends: @Sendable (OperationID) -> @Sendable () -> Void
        /// The store has died with its process, as in the embedded mode: what is under way is not done.
        let isGone: @Sendable () -> Bool
        /// A commit has ended like this.
        let ends: @Sendable (Changeset, CommitOutcome) -> Void
        /// A process has announced itself.
        let announces: @Sendable (Announcement) -> Void
        /// The node is about to forget the rows of locations.
        let forgets: @Sendable ([LocationID]) async -> Void
        let probe: @Sendable (Probe) -> Void
    }

    package init(
        _ store: MemoryMetadataStore, over link: any ServiceLink, patience: Duration = .seconds(5),
        observer: Observer? = nil, turns: CommitTurns? = nil
    ) {
        self.observer = observer
        self.turns = turns
        self.store = store
        self.link = link
        self.patience = patience
    }

    private typealias Reply<Answer: Sendable> = Result<Answer, MetadataError>

    private func call<Answer: Sendable>(
        whenLost: MetadataError, whenCancelled: MetadataError, whenOver: (@Sendable () -> Void)? = nil,
        _ work: @escaping @Sendable (MemoryMetadataStore) async throws(MetadataError) -> Answer
    ) async throws(MetadataError) -> Answer {
        if Task.isCancelled {
            whenOver?()
            throw .cancelled
        }
        let store = store
        let reply = await link.call(patience: patience, whenOver: whenOver) { () async -> Reply<Answer> in
            do throws(MetadataError) { return .success(try await work(store)) } catch {
                return .failure(error)
            }
        }
        switch reply {
        case .answer(let answer): return try answer.get()
        case .unreachable: throw .unavailable
        case .lost: throw whenLost
        case .cancelled: throw whenCancelled
        }
    }

    private func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (MemoryMetadataStore) async throws(MetadataError) -> Answer
    ) async throws(MetadataError) -> Answer {
        try await call(whenLost: .unavailable, whenCancelled: .cancelled, work)
    }

    // MARK: MetadataStore

    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        let note = notes()
        return try await ask { [turns] store throws(MetadataError) in
            note?(false)
            let resolution = try await store.resolve(path, content: content, following: following)
            await turns?.wait(.look)
            return resolution
        }
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        let note = notes()
        return try await ask { store throws(MetadataError) in
            note?(false)
            return try await store.list(directory, after: name, limit: limit)
        }
    }

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        let note = notes()
        let isOver = CurrentOperation.id.flatMap { observer?.sends($0) }
        do throws(MetadataError) {
            return try await call(
                whenLost: .ambiguous, whenCancelled: .ambiguous, whenOver: isOver
            ) { [turns, observer] store throws(MetadataError) in
                await turns?.wait(.commit)
                if observer?.isGone() ?? false { throw .unavailable }
                let outcome = try await store.commit(changeset)
                if case .committed = outcome {
                    if changeset.changesTree { note?(true) }
                } else {
                    note?(false)
                }
                turns?.hasCommitted()
                observer?.ends(changeset, outcome)
                return outcome
            }
        } catch {
            if error == .ambiguous { observer?.probe(.ambiguousCommit) }
            throw error
        }
    }

    private func notes() -> (@Sendable (_ hasCommitted: Bool) -> Void)? {
        guard let observer, let operation = CurrentOperation.id else { return nil }
        return { $0 ? observer.commits(operation) : observer.looks(operation) }
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        let outcome = try await ask { store throws(MetadataError) in
            try await store.resolveOutcome(of: changeset)
        }
        observer?.probe(outcome == .refused(.aborted) ? .doubtBecameNo : .doubtBecameYes)
        return outcome
    }

    // MARK: ContentLedger

    package func reclaim(limit: Int) async throws(MetadataError) -> Int {
        try await ask { store throws(MetadataError) in try await store.reclaim(limit: limit) }
    }

    package func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation] {
        try await ask { store throws(MetadataError) in
            try await store.condemned(before: time, in: stores, limit: limit)
        }
    }

    package func forget(_ locations: [LocationID]) async throws(MetadataError) {
        await observer?.forgets(locations)
        try await ask { store throws(MetadataError) in try await store.forget(locations) }
    }

    package func claimOrphans(
        _ locations: [LocationID], in place: StoreID
    ) async throws(MetadataError) -> [LocationID] {
        let claimed = try await ask { store throws(MetadataError) in
            try await store.claimOrphans(locations, in: place)
        }
        if !claimed.isEmpty { observer?.probe(.orphanSwept) }
        return claimed
    }

    package func reapDetached(limit: Int) async throws(MetadataError) -> Int {
        try await ask { store throws(MetadataError) in try await store.reapDetached(limit: limit) }
    }

    package func compact() async throws(MetadataError) -> Bool { false }

    package func now() async throws(MetadataError) -> WallTime {
        try await ask { store throws(MetadataError) in try await store.now() }
    }

    package func counts() async throws(MetadataError) -> LedgerCounts {
        try await ask { store throws(MetadataError) in try await store.counts() }
    }

    package func locations(
        in place: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation] {
        try await ask { store throws(MetadataError) in
            try await store.locations(in: place, after: location, limit: limit)
        }
    }

    package func check(limit: Int) async throws(MetadataError) -> [String] {
        try await ask { store throws(MetadataError) in try await store.check(limit: limit) }
    }

    // MARK: LinkStore, AnswerLedger, StoreRegistry

    package func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink? {
        let note = notes()
        return try await ask { [turns] store throws(MetadataError) in
            note?(false)
            let found = try await store.link(key)
            await turns?.wait(.look)
            return found
        }
    }

    package func retireLinks(limit: Int) async throws(MetadataError) -> Int {
        try await ask { store throws(MetadataError) in try await store.retireLinks(limit: limit) }
    }

    package func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup {
        try await ask { [turns] store throws(MetadataError) in
            let lookup = try await store.answer(to: key)
            await turns?.wait(.look)
            return lookup
        }
    }

    package func forgetAnswers(limit: Int) async throws(MetadataError) -> Int {
        try await ask { store throws(MetadataError) in try await store.forgetAnswers(limit: limit) }
    }

    package func deployment() async throws(MetadataError) -> DeploymentID {
        try await ask { store throws(MetadataError) in try await store.deployment() }
    }

    package func stores() async throws(MetadataError) -> [RegisteredStore] {
        try await ask { store throws(MetadataError) in try await store.stores() }
    }

    package func register(_ place: RegisteredStore) async throws(MetadataError) -> Registration {
        try await ask { store throws(MetadataError) in try await store.register(place) }
    }

    // MARK: MemberRegistry

    package func announce(
        _ announcement: Announcement
    ) async throws(MetadataError) -> AnnouncementOutcome {
        try await ask { [observer] store throws(MetadataError) in
            let outcome = try await store.announce(announcement)
            if case .announced = outcome { observer?.announces(announcement) }
            return outcome
        }
    }

    package func members() async throws(MetadataError) -> MemberList {
        try await ask { store throws(MetadataError) in try await store.members() }
    }

    package func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool {
        try await ask { store throws(MetadataError) in try await store.forget(instance) }
    }
}

extension Changeset {
    /// False for one that only keeps the answer to a request: a refusal had no effect, and when it was
    /// decided is not when it is kept.
    fileprivate var changesTree: Bool {
        mutations.isEmpty
            || mutations.contains { mutation in if case .recordAnswer = mutation { false } else { true } }
    }
}
