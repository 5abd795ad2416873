import Domain

/// A metadata store of two dictionaries that does what `Precondition` and `Mutation` say, and nothing else.
struct ModelStore {
    struct Key: Hashable {
        let parent: InodeID
        let name: FileName
    }

    private(set) var inodes: [InodeID: Inode]
    private(set) var entries: [Key: InodeID] = [:]
    private var liveContents: Set<ContentID> = []

    init(root: Inode) { inodes = [root.id: root] }

    func resolve(
        _ path: FilePath, following: LinkFollowing = .intermediate, at time: WallTime
    ) -> Resolution {
        guard let root = inodes[.root] else { preconditionFailure("the root is gone") }
        var walk = PathWalk(along: path, following: following, from: root)
        while let lookup = walk.next() {
            walk.answer(entries[Key(parent: lookup.parent, name: lookup.name)].flatMap { inodes[$0] })
        }
        return walk.resolution(content: nil, time: time)
    }

    func names(in directory: InodeID) -> [FileName: InodeID] {
        var names: [FileName: InodeID] = [:]
        for (key, id) in entries where key.parent == directory { names[key.name] = id }
        return names
    }

    mutating func commit(_ changeset: Changeset, at time: WallTime) -> CommitOutcome {
        if let deadline = changeset.deadline, time > deadline { return .refused(.deadlinePassed) }
        for precondition in changeset.preconditions where !holds(precondition) {
            return .refused(.broken(precondition))
        }
        for mutation in changeset.mutations { apply(mutation, at: time) }
        return .committed(at: time)
    }

    // MARK: Preconditions

    private func holds(_ precondition: Precondition) -> Bool {
        switch precondition {
        case .entry(let parent, let name, let inode): entries[Key(parent: parent, name: name)] == inode
        case .noEntry(let parent, let name):
            inodes[parent]?.kind == .directory && entries[Key(parent: parent, name: name)] == nil
        case .access(let id, let version): inodes[id]?.accessVersion == version
        case .unchanged(let id, let version): inodes[id]?.changeVersion == version
        case .emptyDirectory(let id): names(in: id).isEmpty
        case .removableTree(let id, let principal): isRemovable(id, by: principal)
        case .outside(let id, let directory): !isWithin(id, directory)
        case .fence(let id, let token): (inodes[id]?.fence ?? .none) <= token
        case .contentIsLive(let content): liveContents.contains(content)
        case .linkIsOpen: preconditionFailure("no operation of the model asks for a link")
        case .keyUnused: true
        }
    }

    private func isRemovable(_ id: InodeID, by principal: Principal) -> Bool {
        guard let directory = inodes[id], directory.kind == .directory else { return true }
        let children = names(in: id).values.compactMap { inodes[$0] }
        if children.isEmpty { return true }
        return AccessPolicy.mayEmpty(directory, by: principal)
            && children.allSatisfy {
                !AccessPolicy.isKeptBySticky($0, in: directory, from: principal)
                    && isRemovable($0.id, by: principal)
            }
    }

    private func isWithin(_ id: InodeID, _ directory: InodeID) -> Bool {
        if id == directory { return true }
        guard let key = entries.first(where: { $0.value == id })?.key else { return false }
        return isWithin(key.parent, directory)
    }

    // MARK: Mutations

    private mutating func apply(_ mutation: Mutation, at time: WallTime) {
        switch mutation {
        case .createInode(let new):
            precondition(inodes[new.id] == nil && new.content.map(liveContents.contains) ?? true)
            inodes[new.id] = new.inode(at: time)
        case .addEntry(let parent, let name, let inode):
            precondition(inodes[inode] != nil && entries[Key(parent: parent, name: name)] == nil)
            let isFirst = !entries.values.contains(inode)
            precondition(isFirst || inodes[inode]?.kind != .directory)
            entries[Key(parent: parent, name: name)] = inode
            if !isFirst { change(inode, time) { $0.linkCount += 1 } }
            touchDirectory(parent, time)
        case .removeEntry(let parent, let name, let inode):
            precondition(names(in: inode).isEmpty)
            remove(parent, name, inode, time)
        case .detachTree(let parent, let name, let inode):
            remove(parent, name, inode, time)
        case .moveEntry(let from, let name, let to, let newName, let inode):
            precondition(entries[Key(parent: to, name: newName)] == nil)
            let previous = entries.removeValue(forKey: Key(parent: from, name: name))
            precondition(previous == inode)
            entries[Key(parent: to, name: newName)] = inode
            touchDirectory(from, time)
            if to != from { touchDirectory(to, time) }
            change(inode, time) { _ in }
        case .publishContent(let content):
            let isNew = liveContents.insert(content.id).inserted
            precondition(isNew)
        case .setContent(let id, let content, let size, let mediaType, let modifiedAt):
            precondition(content.map(liveContents.contains) ?? true)
            change(id, time) { inode in
                inode.content = content
                inode.size = size
                inode.modifiedAt = modifiedAt ?? time
                Self.set(mediaType, on: &inode)
            }
        case .setAttributes(let id, let attributes): setAttributes(id, attributes, time)
        case .raiseFence(let id, let token): inodes[id]?.fence = token
        case .addLink, .claimLink, .finishLink:
            preconditionFailure("no operation of the model changes a link")
        case .recordAnswer: break
        }
    }

    private mutating func setAttributes(_ id: InodeID, _ attributes: AttributeChange, _ time: WallTime) {
        change(id, time) { inode in
            let isAccess =
                (attributes.mode ?? inode.mode) != inode.mode
                || (attributes.owner ?? inode.owner) != inode.owner
                || (attributes.group ?? inode.group) != inode.group
            inode.accessVersion += isAccess ? 1 : 0
            inode.mode = attributes.mode ?? inode.mode
            inode.owner = attributes.owner ?? inode.owner
            inode.group = attributes.group ?? inode.group
            inode.modifiedAt = attributes.modifiedAt ?? inode.modifiedAt
            inode.metadata = attributes.metadata ?? inode.metadata
            Self.set(attributes.mediaType, on: &inode)
        }
    }

    private static func set(_ change: MediaTypeChange, on inode: inout Inode) {
        guard case .set(let mediaType) = change, mediaType != inode.mediaType else { return }
        inode.mediaType = mediaType
        inode.representationVersion += 1
    }

    private mutating func remove(_ parent: InodeID, _ name: FileName, _ inode: InodeID, _ time: WallTime) {
        let previous = entries.removeValue(forKey: Key(parent: parent, name: name))
        precondition(previous == inode)
        for (name, child) in names(in: inode) { remove(inode, name, child, time) }
        if entries.values.contains(inode) {
            change(inode, time) { $0.linkCount -= 1 }
        } else {
            inodes[inode] = nil
        }
        touchDirectory(parent, time)
    }

    private mutating func touchDirectory(_ id: InodeID, _ time: WallTime) {
        guard inodes[id] != nil else { return }
        change(id, time) { $0.modifiedAt = time }
    }

    private mutating func change(_ id: InodeID, _ time: WallTime, _ body: (inout Inode) -> Void) {
        guard var inode = inodes[id] else { preconditionFailure("a mutation of what is not there") }
        body(&inode)
        inode.changedAt = time
        inode.changeVersion += 1
        inodes[id] = inode
    }
}
