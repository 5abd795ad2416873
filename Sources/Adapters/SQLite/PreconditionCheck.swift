internal import Domain

extension TreeWriter {
    /// Why a changeset cannot happen because of `precondition`; nil when it holds.
    /// A name that `mutations` add and that has to be free is left to the insertion, unless there are
    /// savepoints: it looks at the same place, and its refusal makes the group run again with them.
    func refusal(
        of precondition: Precondition, before mutations: [Mutation], at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        let holds: Bool
        switch precondition {
        case .entry(let parent, let name, let inode):
            holds = try entries.inode(named: name, in: parent) == inode
        case .noEntry(let parent, let name):
            let isDirectory = try inodes.state(of: parent)?.kind == .directory
            let isLeft = !usesSavepoints && mutations.contains { $0.adds(name, to: parent) }
            let isFree = isLeft ? true : try entries.inode(named: name, in: parent) == nil
            holds = isFree && isDirectory
        case .access(let id, let version):
            holds = try inodes.state(of: id)?.accessVersion == version
        case .unchanged(let id, let version):
            holds = try inodes.state(of: id)?.changeVersion == version
        case .emptyDirectory(let id):
            let isDirectory = try inodes.state(of: id)?.kind == .directory
            holds = try !entries.hasAny(in: id) && isDirectory
        case .removableTree(let top, let principal):
            switch try removability(of: top, by: principal) {
            case .removable: holds = true
            case .forbidden: holds = false
            case .tooLarge: return .treeTooLarge(top)
            }
        case .outside(let id, let directory):
            holds = try isOutside(id, of: directory)
        case .fence(let id, let token):
            holds = try inodes.state(of: id).map { $0.fence <= token } ?? false
        case .contentIsLive(let content):
            holds = try isLive(content)
        case .linkIsOpen(let key):
            holds = try links.link(key)?.isOpen(at: time) ?? false
        case .keyUnused(let key):
            holds = try !answers.isUsed(key, at: time)
        }
        return holds ? nil : .broken(precondition)
    }

    private enum Removability { case removable, forbidden, tooLarge }

    /// Walks the directories of a tree, passing the files by: they matter only where the sticky bit asks for
    /// owners.
    private func removability(of top: InodeID, by principal: Principal) throws(SQLiteFailure) -> Removability
    {
        guard let first = try inodes.state(of: top) else { return .forbidden }
        // Everything is removable to the superuser, so nothing need be walked.
        if first.kind != .directory || principal.isSuperuser { return .removable }
        var waiting = [top]
        var walked = 0
        while let next = waiting.popLast() {
            walked += 1
            if walked > treeDirectoriesMax { return .tooLarge }
            guard try entries.hasAny(in: next) else { continue }
            guard let directory = try inodes.inode(next), AccessPolicy.mayEmpty(directory, by: principal),
                try !isAnythingKept(in: directory, from: principal)
            else { return .forbidden }
            waiting += try statements.directoriesBelow.bind(1, next).all { row throws(SQLiteFailure) in
                InodeID(try row.identifier(0))
            }
        }
        return .removable
    }

    /// Whether the sticky bit keeps the principal from removing some entry: an entry of somebody else is kept
    /// if any is.
    private func isAnythingKept(in directory: Inode, from principal: Principal) throws(SQLiteFailure) -> Bool
    {
        guard directory.mode.contains(.sticky), directory.owner != principal.user else { return false }
        let user = Int64(principal.user.value)
        return try statements.anyOwnedByOthers.bind(1, directory.id).bind(2, user).hasRow()
    }

    /// Walks up from `id` over all of its names.
    private func isOutside(_ id: InodeID, of directory: InodeID) throws(SQLiteFailure) -> Bool {
        var seen: Set<InodeID> = [id]
        var waiting = [id]
        while let next = waiting.popLast() {
            if next == directory { return false }
            let parents = try statements.parents.bind(1, next).all { row throws(SQLiteFailure) in
                InodeID(try row.identifier(0))
            }
            for parent in parents where seen.insert(parent).inserted { waiting.append(parent) }
        }
        return true
    }
}

extension Mutation {
    /// Whether it makes this entry, and is refused where there is one.
    fileprivate func adds(_ name: FileName, to parent: InodeID) -> Bool {
        switch self {
        case .addEntry(parent, name, _), .moveEntry(_, _, parent, name, _): true
        default: false
        }
    }
}
