import Domain

/// A mutation found that its own ground is gone, although no precondition had said so. Names the precondition
/// that would have: an inode that is not there is one that does not have version 0, which none ever has.
struct MutationRefusal: Error {
    let reason: CommitRefusal

    init(_ reason: CommitRefusal) { self.reason = reason }

    static func broken(_ precondition: Precondition) -> Self { Self(.broken(precondition)) }
    static func missing(_ inode: InodeID) -> Self { .broken(.unchanged(inode, version: 0)) }
}

extension MemoryTables {
    /// Does one mutation of a changeset that commits at `time`.
    mutating func apply(_ mutation: Mutation, at time: WallTime) throws(MutationRefusal) {
        switch mutation {
        case .createInode(let new): try createInode(new, at: time)
        case .addEntry(let parent, let name, let inode): try addEntry(name, in: parent, to: inode, at: time)
        case .removeEntry(let parent, let name, let inode):
            try removeEntry(name, in: parent, of: inode, at: time)
        case .detachTree(let parent, let name, let inode):
            try detachTree(name, in: parent, of: inode, at: time)
        case .moveEntry(let from, let name, let to, let newName, let inode):
            try moveEntry(name, in: from, to: newName, in: to, of: inode, at: time)
        case .publishContent(let new): try publish(new)
        case .setContent(let id, let content, _, _, _):
            guard let inode = inodes[id], inode.kind == .file else { throw .missing(id) }
            try requireLive(content)
            if let old = inode.content, old != content { setCandidate(old, true) }
            try change(id, by: mutation, at: time)
        case .setAttributes(let id, _): try change(id, by: mutation, at: time)
        case .raiseFence(let id, _): try change(id, by: mutation, at: time)
        case .addLink(let key, let link):
            guard links[key] == nil else { throw MutationRefusal(.identifierTaken) }
            setLink(key, to: link)
        case .claimLink(let key, let claim, let file):
            guard var link = links[key], link.claim(claim, pinning: file, at: time)
            else { throw .broken(.linkIsOpen(key)) }
            try requireLive(file.content)
            setLink(key, to: link)
        case .finishLink(let key, let claim):
            guard var link = links[key] else { return }
            let pinned = link.pinnedContent
            if link.finish(claim, at: time) { release(pinned, settingLink: key, to: link) }
        case .recordAnswer(let claim, let answer):
            guard !isUsed(claim.key, at: time) else { throw .broken(.keyUnused(claim.key)) }
            setAnswer(claim.key, to: AnsweredRequest(claim: claim, answer: answer, at: time))
        }
    }

    /// Lets an inode follow a mutation that changes nothing else.
    private mutating func change(
        _ id: InodeID, by mutation: Mutation, at time: WallTime
    ) throws(MutationRefusal) {
        guard var inode = inodes[id] else { throw .missing(id) }
        inode.apply(mutation, at: time)
        setInode(id, to: inode)
    }

    // MARK: Inodes and entries

    private mutating func createInode(_ new: NewInode, at time: WallTime) throws(MutationRefusal) {
        guard inodes[new.id] == nil else { throw MutationRefusal(.identifierTaken) }
        try requireLive(new.content)
        var inode = new.inode(at: time)
        inode.linkCount = 0
        setInode(new.id, to: inode)
    }

    private mutating func addEntry(
        _ name: FileName, in parent: InodeID, to id: InodeID, at time: WallTime
    ) throws(MutationRefusal) {
        guard inodes[parent]?.kind == .directory, inode(named: name, in: parent) == nil
        else { throw .broken(.noEntry(parent: parent, name: name)) }
        // A directory has one name, or the tree would not be one.
        guard var inode = inodes[id], inode.kind != .directory || inode.linkCount == 0 else {
            throw .missing(id)
        }
        setEntry(name, in: parent, to: id)
        inode.linkCount += 1
        if inode.linkCount > 1 { inode.touch(at: time) }
        setInode(id, to: inode)
        try touchDirectory(parent, at: time)
    }

    private mutating func removeEntry(
        _ name: FileName, in parent: InodeID, of id: InodeID, at time: WallTime
    ) throws(MutationRefusal) {
        guard inode(named: name, in: parent) == id, let inode = inodes[id]
        else { throw .broken(.entry(parent: parent, name: name, leadsTo: id)) }
        guard inode.kind != .directory || isEmpty(id) else { throw .broken(.emptyDirectory(id)) }
        setEntry(name, in: parent, to: nil)
        dropLink(of: inode, at: time)
        try touchDirectory(parent, at: time)
    }

    private mutating func detachTree(
        _ name: FileName, in parent: InodeID, of id: InodeID, at time: WallTime
    ) throws(MutationRefusal) {
        guard inode(named: name, in: parent) == id, var inode = inodes[id]
        else { throw .broken(.entry(parent: parent, name: name, leadsTo: id)) }
        guard inode.kind == .directory else { return try removeEntry(name, in: parent, of: id, at: time) }
        setEntry(name, in: parent, to: nil)
        inode.linkCount -= 1
        setInode(id, to: inode)
        setDetached(id, true)
        try touchDirectory(parent, at: time)
    }

    private mutating func moveEntry(
        _ name: FileName, in from: InodeID, to newName: FileName, in to: InodeID, of id: InodeID,
        at time: WallTime
    ) throws(MutationRefusal) {
        guard inode(named: name, in: from) == id, var inode = inodes[id]
        else { throw .broken(.entry(parent: from, name: name, leadsTo: id)) }
        setEntry(name, in: from, to: nil)
        guard inodes[to]?.kind == .directory, self.inode(named: newName, in: to) == nil
        else { throw .broken(.noEntry(parent: to, name: newName)) }
        setEntry(newName, in: to, to: id)
        inode.touch(at: time)
        setInode(id, to: inode)
        try touchDirectory(from, at: time)
        if from != to { try touchDirectory(to, at: time) }
    }

    /// Takes one link from an inode; with the last one the inode goes and its content becomes a candidate.
    mutating func dropLink(of inode: Inode, at time: WallTime) {
        var inode = inode
        inode.linkCount -= 1
        if inode.linkCount > 0 {
            inode.touch(at: time)
            setInode(inode.id, to: inode)
        } else {
            setInode(inode.id, to: nil)
            if let content = inode.content { setCandidate(content, true) }
        }
    }

    private mutating func touchDirectory(_ id: InodeID, at time: WallTime) throws(MutationRefusal) {
        guard var inode = inodes[id] else { throw .missing(id) }
        inode.modifiedAt = time
        inode.touch(at: time)
        setInode(id, to: inode)
    }

    // MARK: Contents

    private mutating func publish(_ new: NewContent) throws(MutationRefusal) {
        if let taken = locations[new.location.id] {
            throw MutationRefusal(taken.condemnedAt == nil ? .identifierTaken : .locationClaimed)
        }
        guard contents[new.id] == nil else { throw MutationRefusal(.identifierTaken) }
        setContent(
            new.id,
            to: ContentRow(
                id: new.id, size: new.size, digests: new.digests, isLive: true, locations: [new.location.id],
                inlineBytes: new.inlineBytes))
        setLocation(
            new.location.id, to: LocationRow(location: new.location, content: new.id, condemnedAt: nil))
    }

    /// Keeps a link that has let go of what it pinned.
    mutating func release(_ pinned: ContentID?, settingLink key: LinkKey, to link: DownloadLink) {
        setLink(key, to: link)
        if let pinned, pinned != link.pinnedContent { setCandidate(pinned, true) }
    }

    private func requireLive(_ content: ContentID?) throws(MutationRefusal) {
        guard let content else { return }
        guard contents[content]?.isLive == true else { throw .broken(.contentIsLive(content)) }
    }
}

extension Inode {
    fileprivate mutating func touch(at time: WallTime) {
        changedAt = time
        changeVersion += 1
    }
}
