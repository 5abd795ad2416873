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
/// counts these directories. Symbolic links are entries like others, and never followed.
///
/// A level keeps its name and inode and not its whole chain, so memory grows with the depth and not with its
/// square; and the walk gives way after each batch, so that a deep tree holds up nobody else on the loop.
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
    private var start: Resolution
    private var levels: [Level] = []
    /// A directory that was given out last: the walk goes into it when it goes on.
    private var entered: Entry?
    /// Names on the way to the position to continue behind, outermost first.
    private var resume: [FileName]

    private struct Level {
        /// The directory; the first level's is that of `start`.
        var step: Resolution.Step?
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
        self.start = start
        levels.append(Level())
        resume = position.map { Array($0.names.dropFirst(start.path.names.count)) } ?? []
    }

    /// The next entry; nil at the end.
    package func next() async throws(Failure) -> WalkedEntry? {
        if !resume.isEmpty { try await restorePosition() }
        if let directory = entered {
            entered = nil
            try await descend(into: directory)
        }
        while let level = levels.last {
            if let entry = level.batch.first {
                levels[levels.count - 1].batch.removeFirst()
                levels[levels.count - 1].after = entry.name
                if entry.inode.kind == .directory { entered = entry }
                return WalkedEntry(path: path.appending(entry.name), entry: entry)
            }
            guard level.hasMore else {
                levels.removeLast()
                continue
            }
            try await fetch()
        }
        return nil
    }

    /// The path of the innermost level.
    private var path: FilePath {
        FilePath(names: start.path.names + levels.compactMap { $0.step?.name })
    }

    /// The innermost level's directory with its chain.
    private func resolution(of extra: Entry? = nil) -> Resolution {
        var steps = start.steps + levels.compactMap(\.step)
        var names = path.names
        if let extra {
            steps.append(Resolution.Step(name: extra.name, inode: extra.inode))
            names.append(extra.name)
        }
        return Resolution(
            path: FilePath(names: names), root: start.root, steps: steps, content: nil, time: start.time,
            detours: start.detours)
    }

    /// Goes below a directory that was just met, unless it is too deep or closed to the principal.
    private func descend(into directory: Entry) async throws(Failure) {
        guard mayList(directory.inode) else {
            omitted += 1
            return
        }
        if levels.count < depthMax {
            levels.append(Level(step: Resolution.Step(name: directory.name, inode: directory.inode)))
        } else if !isTruncated {
            do {
                let page = try await metadata.list(resolution(of: directory), after: nil, limit: 1)
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
        await Task.yield()
        for _ in 0..<Limits.planAttemptsMax {
            let directory: Resolution
            do {
                let found = try await metadata.list(
                    resolution(), after: levels[index].after, limit: Limits.listBatch)
                if let page = found {
                    levels[index].batch = page.entries[...]
                    levels[index].hasMore = page.hasMore
                    return
                }
                directory = try await metadata.resolve(path, content: .none, following: .never)
            } catch {
                throw Failure(error)
            }
            guard directory.target?.kind == .directory else {
                levels.removeLast()
                return
            }
            guard mayList(directory) else {
                omitted += 1
                levels.removeLast()
                return
            }
            adopt(directory)
        }
        throw .contended
    }

    /// Goes on with what the path leads to now. The links that led to the start have done their part.
    private func adopt(_ directory: Resolution) {
        start = Resolution(
            path: start.path, root: directory.root, steps: Array(directory.steps.prefix(start.steps.count)),
            content: nil, time: directory.time)
        for (index, step) in zip(levels.indices.dropFirst(), directory.steps.dropFirst(start.steps.count)) {
            levels[index].step = step
        }
    }

    /// Rebuilds the levels above the position to continue behind.
    private func restorePosition() async throws(Failure) {
        let names = resume
        resume = []
        let whole: Resolution
        do {
            whole = try await metadata.resolve(
                FilePath(names: start.path.names + names), content: .none, following: .never)
        } catch {
            throw Failure(error)
        }
        for (depth, name) in names.enumerated() {
            levels[levels.count - 1].after = name
            let index = start.steps.count + depth
            guard index < whole.steps.count, levels.count < depthMax else { return }
            let step = whole.steps[index]
            guard step.inode.kind == .directory, mayList(step.inode) else { return }
            levels.append(Level(step: step))
        }
    }

    /// Whether a directory may be listed whose ancestors have been searched already.
    private func mayList(_ directory: Inode) -> Bool {
        AccessPolicy.decide(.read, on: directory, by: principal).isGranted
            && AccessPolicy.decide(.search, on: directory, by: principal).isGranted
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
