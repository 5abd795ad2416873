import Domain
import Ports

extension MemoryTables {
    func resolve(
        _ path: FilePath, content detail: ContentDetail, following: LinkFollowing, at time: WallTime
    ) -> Resolution {
        guard let root = inodes[.root] else { preconditionFailure("the root was removed") }
        var walk = PathWalk(along: path, following: following, from: root)
        while let lookup = walk.next() {
            walk.answer(inode(named: lookup.name, in: lookup.parent).flatMap { inodes[$0] })
        }
        return walk.resolution(content: walk.target.flatMap { content(of: $0, detail) }, time: time)
    }

    func list(_ directory: Resolution, after name: FileName?, limit: Int, at time: WallTime) -> DirectoryPage?
    {
        guard let target = directory.target, target.kind == .directory
        else { preconditionFailure("only a directory has entries") }
        guard stillHolds(directory) else { return nil }
        let all = directories[target.id] ?? SortedEntries()
        var start = name.map { all.lowerBound(of: $0) } ?? 0
        if start < all.entries.count, all.entries[start].name == name { start += 1 }
        let end = min(all.entries.count, start + limit)
        let page = all.entries[start..<end].map { name, id in
            guard let inode = inodes[id] else { preconditionFailure("an entry leads nowhere") }
            return Entry(name: name, inode: inode, location: location(of: inode))
        }
        return DirectoryPage(entries: page, hasMore: end < all.entries.count, time: time)
    }

    /// Whether the chain and its detours are what they were: same entries, same access versions.
    private func stillHolds(_ resolution: Resolution) -> Bool {
        guard inodes[.root]?.accessVersion == resolution.root.accessVersion else { return false }
        for detour in resolution.detours {
            guard stillHolds(detour.step, in: resolution.parent(of: detour).id) else { return false }
        }
        var parent = resolution.root.id
        for step in resolution.steps {
            guard stillHolds(step, in: parent) else { return false }
            parent = step.inode.id
        }
        return true
    }

    private func stillHolds(_ step: Resolution.Step, in parent: InodeID) -> Bool {
        inode(named: step.name, in: parent) == step.inode.id
            && inodes[step.inode.id]?.accessVersion == step.inode.accessVersion
    }

    private func content(of inode: Inode, _ detail: ContentDetail) -> Content? {
        guard detail != .none, let id = inode.content else { return nil }
        return content(id, detail)
    }

    func content(_ id: ContentID, _ detail: ContentDetail) -> Content? {
        guard let row = contents[id] else { return nil }
        return Content(
            id: row.id, size: row.size, digests: row.digests,
            locations: row.locations.compactMap { locations[$0]?.location },
            inlineBytes: detail == .inlineBytes ? row.inlineBytes : nil)
    }

    private func location(of inode: Inode) -> ContentLocation? {
        guard let content = inode.content, let first = contents[content]?.locations.first else { return nil }
        return locations[first]?.location
    }
}
