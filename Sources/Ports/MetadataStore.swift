package import Domain

/// The tree: inodes, entries and what contents they refer to. `commit` is the only point where the world
/// changes.
///
/// Strictly serializable: every call takes effect at one instant between its start and its return. Every call
/// returns promptly after cancellation. Time in it is the store's own.
package protocol MetadataStore: Sendable {
    /// Walks `path` from the root as far as it exists, in one snapshot, through the symbolic links that
    /// are to be followed, as `PathWalk` says. A link that is not followed ends the walk like any other
    /// inode that is not a directory.
    func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution

    /// Up to `limit` entries of the resolved directory after `name`, in byte order of their names, in one
    /// snapshot in which the chain of `directory` and its detours still hold: same entries, same access
    /// versions. Nil when they do not: resolve again.
    func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage?

    /// Applies the changeset whole or not at all; returns when the outcome is on stable storage.
    ///
    /// On `.ambiguous` the outcome is unknown: `resolveOutcome` decides it. On any other error nothing
    /// changed and nothing will. Never commits after an error was thrown, except for `.ambiguous`.
    func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome

    /// Decides what became of a changeset whose answer was lost: the commit that happened, or an abort that
    /// now holds for ever. Safe to repeat; the answer never changes.
    func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome
}

/// How much of a target's content a resolve brings along.
package enum ContentDetail: Sendable, Equatable {
    case none
    /// Size, digest and locations.
    case reference
    /// And the bytes, when they are kept inline.
    case inlineBytes
}

/// One page of a directory.
package struct DirectoryPage: Sendable, Equatable {
    package let entries: [Entry]
    package let hasMore: Bool
    package let time: WallTime

    package init(entries: [Entry], hasMore: Bool, time: WallTime) {
        self.entries = entries
        self.hasMore = hasMore
        self.time = time
    }
}

/// Why the metadata store did not answer.
package enum MetadataError: Error, Equatable, Sendable {
    /// Not reachable, or too busy; another attempt may succeed.
    case unavailable
    /// No room for the change. Nothing was changed; it works again when there is room.
    case full
    /// The connection was lost, or the caller cancelled, between the commit and its answer.
    case ambiguous
    /// Stored rows contradict each other or cannot be read.
    case corrupt
    case cancelled
}
