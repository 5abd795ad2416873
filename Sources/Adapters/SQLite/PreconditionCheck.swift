internal import Domain

extension TreeWriter {
    /// Why a changeset cannot happen because of `precondition`; nil when it holds.
    func refusal(
        of precondition: Precondition, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        let holds: Bool
        switch precondition {
        case .entry(let parent, let name, let inode):
            holds = try self.inode(named: name, in: parent) == inode
        case .noEntry(let parent, let name):
            let isDirectory = try checkedState(of: parent)?.kind == .directory
            holds = try inode(named: name, in: parent) == nil && isDirectory
        case .access(let id, let version):
            holds = try checkedState(of: id)?.accessVersion == version
        case .unchanged(let id, let version):
            holds = try checkedState(of: id)?.changeVersion == version
        case .emptyDirectory(let id):
            let isDirectory = try checkedState(of: id)?.kind == .directory
            holds = try !hasEntries(id) && isDirectory
        case .removableTree(let top, let principal):
            switch try removability(of: top, by: principal) {
            case .removable: holds = true
            case .forbidden: holds = false
            case .tooLarge: return .treeTooLarge(top)
            }
        case .outside(let id, let directory):
            holds = try isOutside(id, of: directory)
        case .fence(let id, let token):
            holds = try checkedState(of: id).map { $0.fence <= token } ?? false
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
        guard let first = try checkedState(of: top) else { return .forbidden }
        // Everything is removable to the superuser, so nothing need be walked.
        if first.kind != .directory || principal.isSuperuser { return .removable }
        var waiting = [top]
        var walked = 0
        while let next = waiting.popLast() {
            walked += 1
            if walked > treeDirectoriesMax { return .tooLarge }
            guard try hasEntries(next) else { continue }
            guard let directory = try inode(next), AccessPolicy.mayEmpty(directory, by: principal),
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
