import Domain
import Ports
import Synchronization

/// A metadata store that lets somebody else act right before a call that a test chose.
final class InterposedMetadata: MetadataStore {
    enum Call: Equatable { case resolve, list, commit }

    typealias Act = @Sendable (any MetadataStore) async throws -> Void

    private struct Waiting {
        let call: Call
        /// How many calls of its kind come before it.
        var skipped: Int
        let act: Act
    }

    let store: any MetadataStore
    private let waiting = Mutex<[Waiting]>([])

    init(_ store: any MetadataStore) { self.store = store }

    /// Does `act` on the store below, once, before the call of this kind that `skipped` others precede.
    func before(_ call: Call, skipping skipped: Int = 0, _ act: @escaping Act) {
        waiting.withLock { $0.append(Waiting(call: call, skipped: skipped, act: act)) }
    }

    var isDone: Bool { waiting.withLock(\.isEmpty) }

    private func interpose(_ call: Call) async throws(MetadataError) {
        let due = waiting.withLock { waiting -> [Act] in
            var due: [Act] = []
            for index in waiting.indices.reversed() where waiting[index].call == call {
                if waiting[index].skipped == 0 {
                    due.append(waiting.remove(at: index).act)
                } else {
                    waiting[index].skipped -= 1
                }
            }
            return due
        }
        for act in due {
            do { try await act(store) } catch { throw .unavailable }
        }
    }

    func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        try await interpose(.resolve)
        return try await store.resolve(path, content: content, following: following)
    }

    func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        try await interpose(.list)
        return try await store.list(directory, after: name, limit: limit)
    }

    func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        try await interpose(.commit)
        return try await store.commit(changeset)
    }

    func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try await store.resolveOutcome(of: changeset)
    }
}
