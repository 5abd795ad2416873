package import Domain
import Ports

/// An entry that a walk came by.
package struct WalkedEntry: Sendable, Equatable {
    package let path: FilePath
    package let entry: Entry
}

/// Goes through a tree in the byte order of names, a directory before its children, holding one batch of
/// entries a level and never the listing. Each batch is of one instant; the walk as a whole is not, and what
/// changes while it goes may or may not be seen. Where the principal may not look, it does not go: `omitted`
/// counts these directories.
///
/// Confined to one task.
package final class DirectoryWalk {
    /// True when a directory at the last level had entries.
    package private(set) var isTruncated = false
    /// Directories that the principal may not list.
    package private(set) var omitted = 0

    private let metadata: any MetadataStore
    private let principal: Principal
    private let depthMax: Int
    private let start: FilePath
    private var levels: [Level] = []

    private struct Level {
        var directory: Resolution
        var after: FileName?
        var batch: ArraySlice<Entry> = []
        var hasMore = true
    }

    /// Starts below the resolved directory, or behind `position`, the path of the last entry of an earlier
    /// walk.
    init(
        metadata: any MetadataStore, start: Resolution, depthMax: Int, after position: FilePath?,
        by principal: Principal
    ) {
        self.metadata = metadata
        self.principal = principal
        self.depthMax = max(1, depthMax)
        self.start = start.path
        levels.append(Level(directory: start))
        resume = position.map { Array($0.names.dropFirst(start.path.names.count)) } ?? []
    }

    /// Names on the way to the position to continue behind, outermost first.
    private var resume: [FileName]

    /// The next entry; nil at the end.
    package func next() async throws(Failure) -> WalkedEntry? {
        if !resume.isEmpty { try await restorePosition() }
        while let level = levels.last {
            if let entry = level.batch.first {
                levels[levels.count - 1].batch.removeFirst()
                levels[levels.count - 1].after = entry.name
                let path = level.directory.path.appending(entry.name)
                if entry.inode.kind == .directory {
                    try await descend(into: level.directory.appending(entry, time: level.directory.time))
                }
                return WalkedEntry(path: path, entry: entry)
            }
            guard level.hasMore else {
                levels.removeLast()
                continue
            }
            try await fetch()
        }
        return nil
    }

    /// Goes below a directory that was just met, unless it is too deep or closed to the principal.
    private func descend(into directory: Resolution) async throws(Failure) {
        guard mayList(directory) else {
            omitted += 1
            return
        }
        if levels.count < depthMax {
            levels.append(Level(directory: directory))
        } else if !isTruncated {
            do {
                let page = try await metadata.list(directory, after: nil, limit: 1)
                isTruncated = !(page?.entries.isEmpty ?? true)
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Reads the next batch of the innermost level. A directory that moved, vanished or changed its mode is
    /// looked up again, and left when it cannot be listed any more.
    private func fetch() async throws(Failure) {
        let index = levels.count - 1
        for _ in 0..<Limits.planAttemptsMax {
            let level = levels[index]
            do {
                if let page = try await metadata.list(
                    level.directory, after: level.after, limit: Limits.listBatch)
                {
                    levels[index].batch = page.entries[...]
                    levels[index].hasMore = page.hasMore
                    return
                }
                levels[index].directory = try await metadata.resolve(level.directory.path, content: .none)
            } catch {
                throw Failure(error)
            }
            guard levels[index].directory.target?.kind == .directory else {
                levels.removeLast()
                return
            }
            guard mayList(levels[index].directory) else {
                omitted += 1
                levels.removeLast()
                return
            }
        }
        throw .contended
    }

    /// Rebuilds the levels above the position to continue behind.
    private func restorePosition() async throws(Failure) {
        let names = resume
        resume = []
        var path = start
        for name in names {
            levels[levels.count - 1].after = name
            path = path.appending(name)
            let directory: Resolution
            do { directory = try await metadata.resolve(path, content: .none) } catch { throw Failure(error) }
            guard directory.target?.kind == .directory, mayList(directory) else { return }
            guard levels.count < depthMax else { return }
            levels.append(Level(directory: directory))
        }
    }

    private func mayList(_ directory: Resolution) -> Bool {
        do {
            _ = try ListDirectory.check(directory, by: principal)
            return true
        } catch {
            return false
        }
    }
}
