import Domain

extension MemoryTables {
    /// Why a changeset cannot happen because of `precondition`; nil when it holds.
    func refusal(
        of precondition: Precondition, at time: WallTime, treeDirectoriesMax: Int
    ) -> CommitRefusal? {
        let holds: Bool
        switch precondition {
        case .entry(let parent, let name, let inode):
            holds = self.inode(named: name, in: parent) == inode
        case .noEntry(let parent, let name):
            holds = inodes[parent]?.kind == .directory && inode(named: name, in: parent) == nil
        case .access(let id, let version):
            holds = inodes[id]?.accessVersion == version
        case .unchanged(let id, let version):
            holds = inodes[id]?.changeVersion == version
        case .emptyDirectory(let id):
            holds = inodes[id]?.kind == .directory && isEmpty(id)
        case .removableTree(let top, let principal):
            switch removability(of: top, by: principal, treeDirectoriesMax: treeDirectoriesMax) {
            case .removable: holds = true
            case .forbidden: holds = false
            case .tooLarge: return .treeTooLarge(top)
            }
        case .outside(let id, let directory):
            holds = isOutside(id, of: directory)
        case .fence(let id, let token):
            holds = inodes[id].map { $0.fence <= token } ?? false
        case .contentIsLive(let content):
            holds = contents[content]?.isLive ?? false
        case .linkIsOpen(let key):
            holds = links[key]?.isOpen(at: time) ?? false
        case .keyUnused(let key):
            holds = !isUsed(key, at: time)
        }
        return holds ? nil : .broken(precondition)
    }

    private enum Removability { case removable, forbidden, tooLarge }

    private func removability(
        of top: InodeID, by principal: Principal, treeDirectoriesMax: Int
    ) -> Removability {
        guard let first = inodes[top] else { return .forbidden }
        // Everything is removable to the superuser, so nothing need be walked.
        if first.kind != .directory || principal.isSuperuser { return .removable }
        var waiting = [first]
        var walked = 0
        while let directory = waiting.popLast() {
            walked += 1
            if walked > treeDirectoriesMax { return .tooLarge }
            guard let entries = directories[directory.id]?.entries else { continue }
            guard AccessPolicy.mayEmpty(directory, by: principal) else { return .forbidden }
            for entry in entries {
                guard let child = inodes[entry.inode],
                    !AccessPolicy.isKeptBySticky(child, in: directory, from: principal)
                else { return .forbidden }
                if child.kind == .directory { waiting.append(child) }
            }
        }
        return .removable
    }

    /// Walks up from `id` over all of its names.
    private func isOutside(_ id: InodeID, of directory: InodeID) -> Bool {
        var seen: Set<InodeID> = [id]
        var waiting = [id]
        while let next = waiting.popLast() {
            if next == directory { return false }
            for key in names[next] ?? [] where seen.insert(key.parent).inserted { waiting.append(key.parent) }
        }
        return true
    }

    func isUsed(_ key: IdempotencyKey, at time: WallTime) -> Bool { answers[key]?.holds(at: time) ?? false }
}
