package import Domain
import Ports

/// A copy that was asked for.
package struct CopyRequest: Sendable {
    /// Whether a file at the destination gets the content.
    package var overwrite: Bool
    /// Whether the source, or the destination, was written with a trailing slash: then only a directory is
    /// copied.
    package var requiresDirectory: Bool
    /// On the source.
    package var conditions: Conditions
    /// On the destination.
    package var destinationConditions: Conditions

    package init(
        overwrite: Bool = false, requiresDirectory: Bool = false, conditions: Conditions = Conditions(),
        destinationConditions: Conditions = Conditions()
    ) {
        self.overwrite = overwrite
        self.requiresDirectory = requiresDirectory
        self.conditions = conditions
        self.destinationConditions = destinationConditions
    }
}

extension Node {
    /// Copies a file or a whole directory, with missing directories above the destination, in one commit. No
    /// bytes move: original and copy share them until one of the two changes.
    ///
    /// A link at the end of `path` is followed, and one at the destination by a file that may overwrite.
    ///
    /// A directory of more than `Limits.copyEntriesMax` entries is refused whole.
    package func copy(
        _ path: FilePath, to destination: FilePath, _ request: CopyRequest, by principal: Principal,
        claim: IdempotencyClaim? = nil
    ) async throws(Failure) -> WrittenFile {
        let committed = try await commit(from: NamedPath(path, following: .all)) { read in
            NamedPath(
                destination, following: request.overwrite && read.isFile ? .creation : .intermediate)
        } reading: {
            source async throws(Failure) -> CopySource? in
            guard source.target?.kind == .directory else { return .file }
            return try await readTree(source, by: principal).map(CopySource.tree)
        } planning: { source, read, destination, identifiers throws(Refusal) in
            if case .tree(let tree) = read {
                return try CopyTree.plan(
                    CopyTree.Request(
                        overwrite: request.overwrite, conditions: request.conditions,
                        destinationConditions: request.destinationConditions,
                        deadline: deadline(after: destination)),
                    of: tree, from: source, to: destination, by: principal, ids: &identifiers
                ).once(claim) { answer(to: $0, source, destination, by: principal) }
            }
            return try CopyFile.plan(
                CopyFile.Request(
                    overwrite: request.overwrite, requiresDirectory: request.requiresDirectory,
                    conditions: request.conditions, destinationConditions: request.destinationConditions,
                    deadline: deadline(after: source)),
                from: source, to: destination, by: principal, ids: &identifiers
            ).once(claim) { answer(to: $0, source, destination, by: principal) }
        }
        guard let inode = committed.plan.inode(at: committed.time) else {
            throw .internalError("a plan that copies says nothing of the copy")
        }
        return WrittenFile(
            state: FileState(
                path: committed.destination.path, inode: inode,
                location: committed.source.content?.locations.first),
            isNew: committed.destination.target == nil,
            digests: digests(of: committed.source.content, inode, by: principal))
    }

    private func answer(
        to plan: Plan, _ source: Resolution, _ destination: Resolution, by principal: Principal
    ) -> RecordedAnswer {
        .entry(
            destination.target == nil ? 201 : 200, destination.path, plan,
            location: source.content?.locations.first, saysWhere: destination.target == nil,
            sha256: digests(of: source.content, plan.inodeToBe, by: principal)?.sha256)
    }

    private enum CopySource {
        case file
        case tree(CopiedTree)

        var isFile: Bool {
            switch self {
            case .file: true
            case .tree: false
            }
        }
    }

    /// All that is below a directory, read batch by batch; nil when a part of it moved while it was read.
    /// What changes unseen breaks the guards of the commit.
    private func readTree(
        _ top: Resolution, by principal: Principal
    ) async throws(Failure) -> CopiedTree? {
        var tree = CopiedTree()
        var reading = TreeReading(top)
        do throws(Refusal) { try AccessPolicy.requireSearch(on: top, by: principal) } catch {
            throw .refused(error)
        }
        while let directory = reading.next() {
            guard let inode = directory.target else { return nil }
            do throws(Refusal) {
                try CopyTree.requireReadable(inode, at: directory.path, by: principal)
            } catch {
                throw .refused(error)
            }
            var entries: [Entry] = []
            var hasMore = true
            while hasMore {
                await Task.yield()
                let found: DirectoryPage?
                do {
                    found = try await dependencies.metadata.list(
                        directory, after: entries.last?.name, limit: Limits.listBatch)
                } catch {
                    throw Failure(error)
                }
                guard let page = found else { return nil }
                entries += page.entries
                hasMore = page.hasMore
                guard reading.count(page.entries.count, at: directory) else {
                    throw .treeTooLarge(limit: Limits.copyEntriesMax)
                }
            }
            reading.found(entries)
            tree.append(CopiedTree.Listing(path: directory.path, directory: inode, entries: entries))
        }
        return tree
    }
}

/// Where the reading of a tree is: the directories that wait, each by its name and the place of the one that
/// holds it, so that memory grows with their number and not with their depth.
private struct TreeReading {
    private struct Place {
        let holder: Int?
        let step: Resolution.Step?
    }

    private let top: Resolution
    private var places: [Place]
    private var position = 0
    private var entriesRead = 0
    private var stepsWalked = 0

    init(_ top: Resolution) {
        self.top = top
        places = [Place(holder: nil, step: nil)]
    }

    /// The next directory with its chain; nil when all were read.
    mutating func next() -> Resolution? {
        guard position < places.count else { return nil }
        var steps: [Resolution.Step] = []
        var place = places[position]
        while let step = place.step, let holder = place.holder {
            steps.append(step)
            place = places[holder]
        }
        position += 1
        steps.reverse()
        return Resolution(
            path: FilePath(names: top.path.names + steps.map(\.name)), root: top.root,
            steps: top.steps + steps, content: nil, time: top.time)
    }

    /// Remembers the directories among the entries of the one that `next` gave last.
    mutating func found(_ entries: [Entry]) {
        for entry in entries where entry.inode.kind == .directory {
            places.append(
                Place(
                    holder: position - 1, step: Resolution.Step(name: entry.name, inode: entry.inode)))
        }
    }

    /// False when it was too much: entries, or names looked up on the way to them, which every batch checks
    /// anew.
    mutating func count(_ entries: Int, at directory: Resolution) -> Bool {
        entriesRead += entries
        stepsWalked += directory.steps.count
        return entriesRead <= Limits.copyEntriesMax && stepsWalked <= Limits.copyStepsMax
    }
}
