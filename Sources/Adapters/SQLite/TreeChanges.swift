internal import Domain

/// What a transaction has changed of the tree so far, as far as it matters to those who remember parts of it.
/// Confined to the writer's thread.
final class TreeChanges {
    /// Directories whose entries changed: how often, and when last.
    private(set) var touched: [InodeID: (count: UInt64, time: WallTime)] = [:]
    /// Inodes of which anything else changed, or that are gone.
    private(set) var changed: Set<InodeID> = []
    /// Names that do not lead any more to where they led.
    private(set) var dropped: Set<EntryKey> = []

    func touch(_ directory: InodeID, at time: WallTime) {
        touched[directory] = ((touched[directory]?.count ?? 0) + 1, time)
    }

    func change(_ inode: InodeID) { changed.insert(inode) }
    func drop(_ entry: EntryKey) { dropped.insert(entry) }

    /// Some of it was taken back: how often a directory was touched is not known any more.
    func loseCount() {
        changed.formUnion(touched.keys)
        touched.removeAll(keepingCapacity: true)
    }

    func removeAll() {
        touched.removeAll(keepingCapacity: true)
        changed.removeAll(keepingCapacity: true)
        dropped.removeAll(keepingCapacity: true)
    }
}

/// A place in a directory.
struct EntryKey: Hashable {
    let parent: InodeID
    let name: FileName
}
