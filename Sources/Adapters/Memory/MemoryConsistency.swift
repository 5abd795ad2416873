import Domain

extension MemoryTables {
    /// One sentence for everything that contradicts something else.
    func findings(limit: Int) -> [String] {
        var findings: [String] = []
        let reachable = self.reachable
        for (id, inode) in inodes.sorted(by: { $0.key < $1.key }) {
            findings += self.findings(about: inode, reachable: reachable.contains(id))
        }
        for (parent, directory) in directories.sorted(by: { $0.key < $1.key }) {
            if inodes[parent]?.kind != .directory {
                findings.append("\(parent) has entries and is no directory")
            }
            for entry in directory.entries where inodes[entry.inode] == nil {
                findings.append("an entry of \(parent) leads to \(entry.inode), which does not exist")
            }
        }
        for (id, content) in contents.sorted(by: { $0.key < $1.key }) {
            if content.locations.isEmpty { findings.append("content \(id) has no location") }
            if content.isLive, references[id] == nil, !candidates.contains(id) {
                findings.append("nothing refers to content \(id) and it is no candidate")
            }
        }
        for (key, link) in links.sorted(by: { $0.key < $1.key }) {
            guard let content = link.pinnedContent, contents[content]?.isLive != true else { continue }
            findings.append("link \(key) pins content \(content), which is not live")
        }
        for id in candidates.sorted() where contents[id] == nil {
            findings.append("candidate \(id) does not exist")
        }
        return Array(findings.prefix(limit))
    }

    private func findings(about inode: Inode, reachable: Bool) -> [String] {
        var findings: [String] = []
        if !reachable { findings.append("inode \(inode.id) cannot be reached") }
        let links = (names[inode.id]?.count ?? 0) + (inode.id == .root ? 1 : 0)
        if links != inode.linkCount {
            findings.append("inode \(inode.id) has \(links) names and counts \(inode.linkCount)")
        }
        if detached.contains(inode.id), links > 0 {
            findings.append("inode \(inode.id) is detached and has a name")
        }
        guard let content = inode.content else { return findings }
        if contents[content]?.isLive != true {
            findings.append("inode \(inode.id) refers to content \(content), which is not live")
        } else if contents[content]?.size != inode.size {
            findings.append("inode \(inode.id) has another size than its content")
        }
        return findings
    }

    /// All inodes below the root and below what was detached.
    private var reachable: Set<InodeID> {
        var seen: Set<InodeID> = [.root]
        seen.formUnion(detached)
        var waiting = Array(seen)
        while let next = waiting.popLast() {
            for entry in directories[next]?.entries ?? [] where seen.insert(entry.inode).inserted {
                waiting.append(entry.inode)
            }
        }
        return seen
    }
}
