package import Domain
package import Ports
private import Synchronization

/// A metadata store that remembers what it resolved, for a process that is the only one to commit to it.
///
/// Coherent: an answer is remembered only when no commit ran from before its snapshot was taken until it was
/// put away, and every commit makes all answers invalid before it starts. So nobody is ever told what was
/// true before a commit that has been acknowledged, or that another answer has shown. Writers therefore cost
/// readers their memory; a finer grain is not worth its risk.
package final class CoherentMetadata: MetadataStore {
    private struct Key: Hashable {
        let path: FilePath
        let detail: UInt8
        let following: LinkFollowing
    }

    private struct Answer {
        let resolution: Resolution
        let rememberedAt: MonotonicInstant
    }

    private struct State {
        var epoch: UInt64 = 0
        var commitsInFlight = 0
        /// Those in flight whose callers were not told what became of them.
        var undecided: Set<ChangesetID> = []
        var answers: [Key: Answer] = [:]
        var inlineBytes = 0
    }

    private let store: any MetadataStore
    private let time: any TimeSource
    private let entriesMax: Int
    private let bytesMax: Int
    private let hits: Counters
    private let misses: Counters
    private let state = Mutex(State())

    package init(
        _ store: any MetadataStore, time: any TimeSource, entriesMax: Int = Limits.resolutionCacheEntries,
        bytesMax: Int = Limits.resolutionCacheBytes, metrics: any MetricsRegistry = UnseenMetrics()
    ) {
        hits = metrics.counters(
            "callfs_metadata_cache_hits_total", "Paths that were resolved from memory.")
        misses = metrics.counters(
            "callfs_metadata_cache_misses_total", "Paths for which the metadata store was asked.")
        self.store = store
        self.time = time
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        let key = Key(path: path, detail: Self.rank(content), following: following)
        let (known, epoch) = state.withLock { state -> (Answer?, UInt64?) in
            guard state.commitsInFlight == 0 else { return (nil, nil) }
            return (state.answers[key], state.epoch)
        }
        if let known {
            hits.add()
            // What holds now was true at a time of now: deadlines are counted from it.
            let age = time.monotonicNow() - known.rememberedAt
            return known.resolution.seen(at: known.resolution.time + age)
        }
        misses.add()
        let answer = try await store.resolve(path, content: content, following: following)
        if let epoch, answer.target != nil { remember(answer, for: key, since: epoch) }
        return answer
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        try await store.list(directory, after: name, limit: limit)
    }

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        beginCommit()
        let outcome: CommitOutcome
        do {
            outcome = try await store.commit(changeset)
        } catch {
            // It may still happen, at any time: nothing is remembered until its outcome is known.
            endCommit(undecided: error == .ambiguous ? changeset.id : nil)
            throw error
        }
        endCommit()
        return outcome
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        beginCommit()
        defer { endCommit() }
        let outcome = try await store.resolveOutcome(of: changeset)
        state.withLock { if $0.undecided.remove(changeset) != nil { $0.commitsInFlight -= 1 } }
        return outcome
    }

    // MARK: -

    private static func rank(_ detail: ContentDetail) -> UInt8 {
        switch detail {
        case .none: 0
        case .reference: 1
        case .inlineBytes: 2
        }
    }

    private func remember(_ answer: Resolution, for key: Key, since epoch: UInt64) {
        let bytes = answer.content?.inlineBytes?.count ?? 0
        let answer = Answer(resolution: answer, rememberedAt: time.monotonicNow())
        state.withLock { state in
            guard state.commitsInFlight == 0, state.epoch == epoch else { return }
            if state.answers.count >= entriesMax || state.inlineBytes + bytes > bytesMax {
                // Everything goes at once: the cache is emptied by every commit anyway, so what is in use
                // comes back.
                state.answers.removeAll(keepingCapacity: true)
                state.inlineBytes = 0
            }
            if state.answers.updateValue(answer, forKey: key) == nil { state.inlineBytes += bytes }
        }
    }

    private func beginCommit() {
        let old = state.withLock { state -> [Key: Answer] in
            state.commitsInFlight += 1
            state.epoch += 1
            guard !state.answers.isEmpty else { return [:] }
            var old: [Key: Answer] = [:]
            swap(&old, &state.answers)
            state.inlineBytes = 0
            return old
        }
        // The remembered answers are released here, outside the lock.
        _ = old
    }

    private func endCommit(undecided changeset: ChangesetID? = nil) {
        state.withLock { state in
            if let changeset, state.undecided.insert(changeset).inserted { return }
            state.commitsInFlight -= 1
            state.epoch += 1
        }
    }
}
