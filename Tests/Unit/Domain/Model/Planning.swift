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
        case .symlink(_, let target, let parents):
            let target = try target.asTarget()
            return try CreateSymlink.plan(
                CreateSymlink.Request(target: target, createsParents: parents), on: resolutions[0],
                by: principal, ids: &ids)
        case .link(_, _, let parents):
            return try LinkEntry.plan(
                LinkEntry.Request(createsParents: parents), from: resolutions[0], to: resolutions[1],
                by: principal, ids: &ids)
        case .write(_, let mtime, let creates):
            if creates, resolutions[0].target == nil {
                return try CreateFile.plan(
                    CreateFile.Request(content: .test(size, &ids), modifiedAt: mtime.map(WallTime.test)),
                    on: resolutions[0], by: principal, ids: &ids)
            }
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
        case .linkLoop: .eloop
        case .nameTooLong: .enametoolong
        case .moveIntoItself, .invalid, .preconditionFailed, .notModified, .tooManyLinks, .pathTooLong,
            .superseded, .keyUsed:
            .einval
        }
    }
}

extension String {
    fileprivate func asTarget() throws(Refusal) -> SymlinkTarget {
        do { return try SymlinkTarget(self) } catch { throw .invalid(error.description) }
    }
}

extension ModelStore {
    /// The tree as the naive filesystem has it, numbers of inodes apart.
    var tree: NaiveNode {
        var numbers: [InodeID: Int] = [:]
        return tree(.root, &numbers)
    }

    private func tree(_ id: InodeID, _ numbers: inout [InodeID: Int]) -> NaiveNode {
        guard let inode = inodes[id] else { preconditionFailure("an entry that leads nowhere") }
        let number = numbers[id] ?? numbers.count
        numbers[id] = number
        let kind: NaiveKind
        switch inode.kind {
        case .file: kind = .file
        case .directory: kind = .directory
        case .symlink: kind = .link(inode.symlinkTarget ?? "")
        }
        var node = NaiveNode(
            number: number, kind: kind, mode: Int(inode.mode.rawValue), uid: Int(inode.owner.value),
            gid: Int(inode.group.value), size: Int(inode.size), time: Int(inode.modifiedAt.nanoseconds))
        for (name, child) in names(in: id).sorted(by: { $0.key < $1.key }) {
            node.children[name.text] = tree(child, &numbers)
        }
        return node
    }
}

extension NaiveNode {
    /// This tree with inodes numbered in the order in which a walk comes by them.
    var renumbered: NaiveNode {
        var numbers: [Int: Int] = [:]
        return renumbered(&numbers)
    }

    private func renumbered(_ numbers: inout [Int: Int]) -> NaiveNode {
        var node = self
        node.number = numbers[number] ?? numbers.count
        numbers[number] = node.number
        for (name, child) in children.sorted(by: { $0.key < $1.key }) {
            node.children[name] = child.renumbered(&numbers)
        }
        return node
    }
}
