package import Domain

/// The life of contents after they lose their references, kept by the metadata store: candidate, condemned,
/// deleted. Used by background work only. Each call is one bounded transaction and safe to repeat.
///
/// Referenced means: by an inode, a version, an upload, a claimed link or a copy in flight.
package protocol ContentLedger: Sendable {
    /// Looks at up to `limit` candidates: condemns those that nothing refers to and drops the others from the
    /// list. Inline bytes go at once, their row with them, when nothing can be reading them. Returns how many
    /// were looked at; 0 when there are none.
    func reclaim(limit: Int) async throws(MetadataError) -> Int

    /// Locations in these stores, and inline ones, condemned at or before `time`, in the store's time, whose
    /// bytes may be deleted now. What is in other stores is for other nodes to delete, and does not stand in
    /// the way.
    func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation]

    /// Drops the rows of condemned locations whose bytes are gone. Others are left alone.
    func forget(_ locations: [LocationID]) async throws(MetadataError)

    /// Claims stored keys that may have no row, before their bytes are deleted: inserts each as condemned
    /// under the key that publishing uses, so that whoever is first wins. Returns those whose bytes may be
    /// deleted now, which are the ones claimed now or by an earlier sweep. A published location is never
    /// among them, nor is one that was condemned: its readers have their grace.
    func claimOrphans(
        _ locations: [LocationID], in store: StoreID
    ) async throws(MetadataError) -> [LocationID]

    /// Takes up to `limit` inodes out of detached trees, making their contents candidates. Returns how many;
    /// 0 when no tree is left.
    func reapDetached(limit: Int) async throws(MetadataError) -> Int

    /// Gives freed space back to the host, in a bounded step, where the store can. Returns false when there
    /// is none left.
    func compact() async throws(MetadataError) -> Bool

    /// The store's time.
    func now() async throws(MetadataError) -> WallTime

    /// What the ledger holds, for metrics.
    func counts() async throws(MetadataError) -> LedgerCounts

    /// Live, non-inline locations of a store after `location`, in order: what the check of a store walks.
    func locations(
        in store: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation]

    /// Looks for rows that contradict each other: dangling entries, unreachable inodes, wrong link counts,
    /// contents without locations, cycles. Returns one sentence a finding, at most `limit`.
    func check(limit: Int) async throws(MetadataError) -> [String]
}

package struct LedgerCounts: Sendable, Equatable {
    package let candidates: Int
    package let condemned: Int
    package let detachedTrees: Int

    package init(candidates: Int, condemned: Int, detachedTrees: Int) {
        self.candidates = candidates
        self.condemned = condemned
        self.detachedTrees = detachedTrees
    }
}

/// A location with the size that its bytes must have.
package struct StoredLocation: Sendable, Equatable {
    package let id: LocationID
    package let size: UInt64
    package let sha256: [UInt8]?

    package init(id: LocationID, size: UInt64, sha256: [UInt8]?) {
        self.id = id
        self.size = size
        self.sha256 = sha256
    }
}
