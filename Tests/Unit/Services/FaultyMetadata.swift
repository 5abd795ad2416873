import Domain
import Ports
import Synchronization

/// A metadata store that loses answers when a test says so.
final class FaultyMetadata: MetadataStore {
    enum Fault {
        /// The commit happens and its answer is lost.
        case lostAfter
        /// The commit never happens, and nobody knows.
        case lostBefore
        case full
    }

    let store: any MetadataStore
    private let faults = Mutex<[Fault]>([])
    private let commits = Mutex(0)

    init(_ store: any MetadataStore) { self.store = store }

    /// What befalls the next commits, in order.
    func inject(_ fault: Fault...) { faults.withLock { $0 += fault } }

    var commitCount: Int { commits.withLock { $0 } }

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
        commits.withLock { $0 += 1 }
        let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        switch fault {
        case nil: return try await store.commit(changeset)
        case .lostAfter:
            _ = try await store.commit(changeset)
            throw .ambiguous
        case .lostBefore: throw .ambiguous
        case .full: throw .full
        }
    }

    func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try await store.resolveOutcome(of: changeset)
    }
}
