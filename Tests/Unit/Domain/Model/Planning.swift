import Domain

/// Identifiers from a seed.
struct SeededIdentifiers: IdentifierSource {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> Identifier { generator.identifier(at: .epoch) }
}

extension RandomOperation {
    /// Plans it on resolutions of its paths; nil for what changes nothing.
    func plan(
        on resolutions: [Resolution], by principal: Principal, size: UInt64, ids: inout SeededIdentifiers
    ) throws(Refusal) -> Plan? {
        switch self {
        case .create(_, let isDirectory, let mode, let parents):
            if isDirectory {
                return try CreateDirectory.plan(
                    CreateDirectory.Request(mode: mode, createsParents: parents), on: resolutions[0],
                    by: principal, ids: &ids)
            }
            return try CreateFile.plan(
                CreateFile.Request(content: .test(size, &ids), mode: mode, createsParents: parents),
                on: resolutions[0], by: principal, ids: &ids)
        case .write(_, let mtime):
            return try ReplaceContent.plan(
                ReplaceContent.Request(content: .test(size, &ids), modifiedAt: mtime.map(WallTime.test)),
                on: resolutions[0], by: principal, ids: &ids)
        case .remove(_, let tree):
            if tree {
                return try RemoveTree.plan(
                    RemoveTree.Request(), on: resolutions[0], by: principal, ids: &ids)
            }
            return try RemoveEntry.plan(RemoveEntry.Request(), on: resolutions[0], by: principal, ids: &ids)
        case .move(_, _, let overwrite, let parents):
            return try MoveEntry.plan(
                MoveEntry.Request(overwrite: overwrite, createsParents: parents), from: resolutions[0],
                to: resolutions[1], by: principal, ids: &ids)
        case .copy(_, _, let overwrite, let parents):
            return try CopyFile.plan(
                CopyFile.Request(overwrite: overwrite, createsParents: parents), from: resolutions[0],
                to: resolutions[1], by: principal, ids: &ids)
        case .setAttributes(_, let mode, let owner, let group, let mtime):
            return try SetAttributes.plan(
                SetAttributes.Request(
                    mode: mode, owner: owner.map(UserID.init), group: group.map(GroupID.init),
                    modifiedAt: mtime.map(WallTime.test)),
                on: resolutions[0], by: principal, ids: &ids)
        case .read:
            _ = try ReadFile.plan(resolutions[0], by: principal)
            return nil
        case .list:
            _ = try ListDirectory.check(resolutions[0], by: principal)
            return nil
        case .stat:
            _ = try Stat.plan(resolutions[0], by: principal)
            return nil
        }
    }
}

extension WallTime {
    static func test(_ number: Int) -> WallTime { WallTime(nanoseconds: Int64(number)) }
}

extension NewContent {
    static func test(_ size: UInt64, _ ids: inout SeededIdentifiers) -> NewContent {
        NewContent(
            id: ContentID(ids.next()), size: size, digests: Digests(),
            location: ContentLocation(
                id: LocationID(ids.next()), store: StoreID(Identifier(high: 1, low: 1)), isInline: false),
            inlineBytes: nil)
    }
}

extension Refusal {
    /// The error number of the kernel's for the same.
    var errno: Errno {
        switch self {
        case .notFound: .enoent
        case .notADirectory: .enotdir
        case .isADirectory: .eisdir
        case .permissionDenied: .eacces
        case .alreadyExists: .eexist
        case .directoryNotEmpty: .enotempty
        case .rootIsFixed: .ebusy
        case .moveIntoItself, .invalid, .preconditionFailed, .notModified, .tooManyLinks, .pathTooLong,
            .superseded:
            .einval
        }
    }
}

extension ModelStore {
    /// The tree as the naive filesystem has it, numbers of inodes apart.
    func tree(_ id: InodeID = .root) -> NaiveNode {
        guard let inode = inodes[id] else { preconditionFailure("an entry that leads nowhere") }
        var node = NaiveNode(
            number: 0, isDirectory: inode.kind == .directory, mode: Int(inode.mode.rawValue),
            uid: Int(inode.owner.value), gid: Int(inode.group.value), size: Int(inode.size),
            time: Int(inode.modifiedAt.nanoseconds))
        for (name, child) in names(in: id) { node.children[name.text] = tree(child) }
        return node
    }
}

extension NaiveNode {
    /// This tree without the numbers of inodes.
    var unnumbered: NaiveNode {
        var node = NaiveNode(
            number: 0, isDirectory: isDirectory, mode: mode, uid: uid, gid: gid, size: size, time: time)
        node.children = children.mapValues(\.unnumbered)
        return node
    }
}
