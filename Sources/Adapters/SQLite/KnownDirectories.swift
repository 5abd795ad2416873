internal import Domain
internal import Synchronization

/// What the directories in use are like as of the latest commit, for readers: a connection that reads
/// forgets all its pages when another one commits, so without it every look-up after a commit would read
/// its way down again.
///
/// It answers nothing by itself. Every commit that changes something writes a new high-water time, and a
/// reader that has opened a snapshot asks what is known as of the time that it found there. As of any
/// other time nothing is known.
final class KnownDirectories: Sendable {
    /// A directory that a reader has come to, and the name that led there; nil for the root.
    struct Found {
        let name: EntryKey?
        let inode: Inode
    }

    private struct State {
        var highWater: WallTime
        var inodes: [InodeID: Inode] = [:]
        var entries: [EntryKey: InodeID] = [:]

        mutating func forget() {
            inodes.removeAll(keepingCapacity: true)
            entries.removeAll(keepingCapacity: true)
        }
    }

    private let state: Mutex<State>

    init(highWater: WallTime) { state = Mutex(State(highWater: highWater)) }

    /// The root and the directories that the first of these names lead through, as many as are known.
    func along(_ names: [FileName], asOf snapshot: WallTime) -> [Inode] {
        state.withLock { state in
            guard state.highWater == snapshot, let root = state.inodes[.root] else { return [] }
            var found = [root]
            var parent = root.id
            for name in names {
                guard let id = state.entries[EntryKey(parent: parent, name: name)],
                    let inode = state.inodes[id]
                else { break }
                found.append(inode)
                parent = id
            }
            return found
        }
    }

    /// Ignored when something has been committed after the snapshot in which they were found.
    func remember(_ found: [Found], asOf snapshot: WallTime) {
        state.withLock { state in
            guard state.highWater == snapshot else { return }
            if state.entries.count + found.count > SQLiteLimits.knownDirectoriesMax { state.forget() }
            for directory in found {
                state.inodes[directory.inode.id] = directory.inode
                if let name = directory.name { state.entries[name] = directory.inode.id }
            }
        }
    }

    /// The writer has committed `changes` with this high-water time.
    func advance(to highWater: WallTime, by changes: TreeChanges) {
        state.withLock { state in
            state.highWater = highWater
            for (id, touch) in changes.touched {
                guard var inode = state.inodes[id] else { continue }
                inode.modifiedAt = touch.time
                inode.changedAt = touch.time
                inode.changeVersion += touch.count
                state.inodes[id] = inode
            }
            for id in changes.changed { state.inodes[id] = nil }
            for key in changes.dropped { state.entries[key] = nil }
        }
    }
}
