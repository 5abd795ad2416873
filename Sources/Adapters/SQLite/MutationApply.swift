internal import Domain

/// Mutations. One that finds its own ground gone, although no precondition had said so, refuses the changeset
/// with the precondition that would have; an inode that is not there is one that does not have version 0,
/// which none ever has.
extension TreeWriter {
    /// Applies mutations in order up to the first that is refused.
    func apply(_ mutations: [Mutation], at time: WallTime) throws(SQLiteFailure) -> CommitRefusal? {
        published = nil
        var index = 0
        while index < mutations.count {
            let mutation = mutations[index]
            let next = index + 1 < mutations.count ? mutations[index + 1] : nil
            index += 1
            let refusal: CommitRefusal?
            if case .createInode(let new) = mutation, case .addEntry(let parent, let name, new.id) = next {
                // The usual pair costs two statements less when the inode gets its link at once.
                refusal = try create(new, name, in: parent, at: time)
                index += 1
            } else {
                refusal = try apply(mutation, at: time)
            }
            if let refusal { return refusal }
        }
        return nil
    }

    private func apply(_ mutation: Mutation, at time: WallTime) throws(SQLiteFailure) -> CommitRefusal? {
        switch mutation {
        case .createInode(let new):
            return try createInode(new, linkCount: 0, at: time)
        case .addEntry(let parent, let name, let inode):
            return try addEntry(name, in: parent, to: inode, at: time)
        case .removeEntry(let parent, let name, let inode):
            return try removeEntry(name, in: parent, of: inode, at: time)
        case .detachTree(let parent, let name, let inode):
            return try detachTree(name, in: parent, of: inode, at: time)
        case .moveEntry(let from, let name, let to, let newName, let inode):
            return try moveEntry(name, in: from, to: newName, in: to, of: inode, at: time)
        case .publishContent(let new):
            return try publish(new)
        case .setContent(let id, let content, _, _, _):
            guard let inode = try inodes.inode(id), inode.kind == .file else { return missing(id) }
            if let content, content != published, try !isLive(content) {
                return .broken(.contentIsLive(content))
            }
            if let old = inode.content, old != content { try statements.addCandidate.bind(1, old).run() }
            return try change(inode, by: mutation, at: time)
        case .setAttributes(let id, _), .raiseFence(let id, _):
            guard let inode = try inodes.inode(id) else { return missing(id) }
            return try change(inode, by: mutation, at: time)
        case .addLink(let key, let link):
            return try links.insert(link, key) ? nil : .identifierTaken
        case .claimLink(let key, let claim, let file):
            guard try links.link(key)?.isOpen(at: time, for: file.inode) ?? false else {
                return .broken(.linkIsOpen(key))
            }
            if let content = file.content, try !isLive(content) { return .broken(.contentIsLive(content)) }
            _ = try links.change(key) { $0.claim(claim, pinning: file, at: time) }
            return nil
        case .finishLink(let key, let claim):
            _ = try links.change(key) { $0.finish(claim, at: time) }
            return nil
        case .recordAnswer(let claim, let answer):
            return try answers.record(claim, answer, at: time) ? nil : .broken(.keyUnused(claim.key))
        }
    }

    private func missing(_ inode: InodeID) -> CommitRefusal { .broken(.unchanged(inode, version: 0)) }

    private func change(
        _ inode: Inode, by mutation: Mutation, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        var inode = inode
        inode.apply(mutation, at: time)
        try inodes.update(inode)
        return nil
    }

    // MARK: Inodes and entries

    private func createInode(
        _ new: NewInode, linkCount: Int, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        if let content = new.content, content != published, try !isLive(content) {
            return try inodes.state(of: new.id) == nil ? .broken(.contentIsLive(content)) : .identifierTaken
        }
        var inode = new.inode(at: time)
        inode.linkCount = linkCount
        return try inodes.insert(inode) ? nil : .identifierTaken
    }

    private func create(
        _ new: NewInode, _ name: FileName, in parent: InodeID, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        if let refusal = try createInode(new, linkCount: 1, at: time) { return refusal }
        guard try inodes.touchDirectory(parent, at: time),
            try entries.insert(name, in: parent, to: new.id, new.kind)
        else { return .broken(.noEntry(parent: parent, name: name)) }
        return nil
    }

    private func addEntry(
        _ name: FileName, in parent: InodeID, to id: InodeID, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        guard try inodes.touchDirectory(parent, at: time), try entries.inode(named: name, in: parent) == nil
        else { return .broken(.noEntry(parent: parent, name: name)) }
        // A directory has one name, or the tree would not be one.
        guard let inode = try inodes.state(of: id), inode.kind != .directory || inode.linkCount == 0
        else { return missing(id) }
        _ = try entries.insert(name, in: parent, to: id, inode.kind)
        if inode.linkCount == 0 {
            try inodes.setLinks(of: id, to: 1)
        } else {
            try inodes.changeLinks(of: id, by: 1, at: time)
        }
        return nil
    }

    private func removeEntry(
        _ name: FileName, in parent: InodeID, of id: InodeID, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        guard try entries.inode(named: name, in: parent) == id, let inode = try inodes.state(of: id)
        else { return .broken(.entry(parent: parent, name: name, leadsTo: id)) }
        if inode.kind == .directory, try entries.hasAny(in: id) { return .broken(.emptyDirectory(id)) }
        try entries.delete(name, in: parent)
        try dropLink(of: id, inode, at: time)
        _ = try inodes.touchDirectory(parent, at: time)
        return nil
    }

    private func detachTree(
        _ name: FileName, in parent: InodeID, of id: InodeID, at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        guard try entries.inode(named: name, in: parent) == id, let inode = try inodes.state(of: id)
        else { return .broken(.entry(parent: parent, name: name, leadsTo: id)) }
        guard inode.kind == .directory else { return try removeEntry(name, in: parent, of: id, at: time) }
        try entries.delete(name, in: parent)
        try detach(id)
        _ = try inodes.touchDirectory(parent, at: time)
        return nil
    }

    /// Puts a directory that has lost its name among those to be reaped.
    func detach(_ directory: InodeID) throws(SQLiteFailure) {
        try inodes.setLinks(of: directory, to: 0)
        try statements.addDetached.bind(1, directory).run()
    }

    private func moveEntry(
        _ name: FileName, in from: InodeID, to newName: FileName, in to: InodeID, of id: InodeID,
        at time: WallTime
    ) throws(SQLiteFailure) -> CommitRefusal? {
        guard try entries.inode(named: name, in: from) == id, let inode = try inodes.state(of: id)
        else { return .broken(.entry(parent: from, name: name, leadsTo: id)) }
        try entries.delete(name, in: from)
        guard try inodes.touchDirectory(to, at: time), try entries.insert(newName, in: to, to: id, inode.kind)
        else { return .broken(.noEntry(parent: to, name: newName)) }
        if from != to { _ = try inodes.touchDirectory(from, at: time) }
        try inodes.touch(id, at: time)
        return nil
    }

    /// Takes one link from an inode; with the last one the inode goes and its content becomes a candidate.
    func dropLink(of id: InodeID, _ inode: InodeTable.State, at time: WallTime) throws(SQLiteFailure) {
        guard inode.linkCount <= 1 else {
            return try inodes.changeLinks(of: id, by: -1, at: time)
        }
        try inodes.delete(id)
        if let content = inode.content { try statements.addCandidate.bind(1, content).run() }
    }

    // MARK: Contents

    private func publish(_ new: NewContent) throws(SQLiteFailure) -> CommitRefusal? {
        var bytesRow: Int64?
        if let bytes = new.inlineBytes {
            try statements.insertBytes.bind(1, bytes).run()
            // The copy need not wait for the next content.
            statements.insertBytes.bindNull(1)
            bytesRow = connection.lastInsertedRow
        }
        let insertion = statements.insertContent.bind(1, new.id).bind(2, new.size).bind(3, new.digests.sha256)
        insertion.bind(5, new.digests.sha512).bind(6, new.digests.crc32c)
        if let bytesRow { insertion.bind(4, bytesRow) } else { insertion.bindNull(4) }
        let isNew = try insertion.runCountingChanges() == 1
        let location = statements.insertLocation.bind(1, new.location.id).bind(2, new.id)
        location.bind(3, new.location.store).bind(4, new.location.isInline ? 1 : 0).bindNull(5)
        if try location.runCountingChanges() == 0 {
            let isClaimed = try statements.locationState.bind(1, new.location.id).first { row in
                !row.isNull(0)
            }
            return isClaimed ?? false ? .locationClaimed : .identifierTaken
        }
        published = new.id
        return isNew ? nil : .identifierTaken
    }
}
