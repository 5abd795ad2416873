import Domain

/// What a file is made of.
struct NewFile {
    let body: BodyValue
    /// Before the umask.
    let mode: UInt16
    let mediaType: Int32
    let stamp: UInt64
}

extension FilesystemModel {
    /// open(2) with O_CREAT, and O_EXCL where `exclusive`, else O_TRUNC; and write(2).
    mutating func write(
        _ path: [Name], _ file: NewFile, _ exclusive: Bool, _ conditions: ModelConditions, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(path, following: !exclusive, creating: !exclusive, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing(let directory, let rest):
            return create(in: directory, rest, conditions, stamp: file.stamp, user) { parent in
                var mode = file.mode & ~user.umask
                // A set-group-ID directory does not lend its group's power (inode_init_owner of Linux).
                if parent.mode & 0o2000 != 0, mode & 0o2010 == 0o2010, !user.isIn(parent.group) {
                    mode &= ~0o2000
                }
                var node = Self.newNode(.file, mode, in: parent, file.stamp, user)
                node.body = file.body
                node.mediaType = file.mediaType
                return node
            }
        case .found(let index, _):
            if exclusive { return .refused(.alreadyExists) }
            let node = nodes[index]
            if node.isDirectory { return .refused(.isADirectory) }
            guard node.lets(user, 2) else { return .refused(.permissionDenied) }
            guard conditions.verdict(on: node) == .holds else { return .refused(.preconditionFailed) }
            change(index) { node in
                node.body = file.body
                node.mediaType = file.mediaType
                node.modifiedAt = nil
                if !user.isRoot { node.dropPrivileges(user) }
            }
            return .state(index, isNew: false)
        }
    }

    /// mkdir(2); `tolerant`, as `mkdir -p`.
    mutating func makeDirectory(
        _ path: [Name], _ mode: UInt16, _ tolerant: Bool, _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(path, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing(let directory, let rest):
            return create(in: directory, rest, ModelConditions(), stamp: stamp, user) { parent in
                Self.newNode(.directory, mode & ~user.umask, in: parent, stamp, user)
            }
        case .found(let index, _):
            guard tolerant, nodes[index].kind != .file else { return .refused(.alreadyExists) }
            if nodes[index].isDirectory { return .state(index, isNew: false) }
            switch walk(path, following: true, user) {
            case .failed(let refusal): return .refused(refusal)
            case .found(let target, _) where nodes[target].isDirectory: return .state(target, isNew: false)
            case .missing, .found: return .refused(.alreadyExists)
            }
        }
    }

    /// symlink(2).
    mutating func makeSymlink(
        _ path: [Name], _ target: Int32, _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(path, user) {
        case .failed(let refusal): return .refused(refusal)
        case .found: return .refused(.alreadyExists)
        case .missing(let directory, let rest):
            return create(in: directory, rest, ModelConditions(), stamp: stamp, user) { parent in
                var node = Self.newNode(.symlink, 0o777, in: parent, stamp, user)
                node.target = target
                return node
            }
        }
    }

    /// link(2), with fs.protected_hardlinks of proc_sys_fs(5).
    mutating func link(
        _ source: [Name], _ destination: [Name], _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        let from = walk(source, user)
        if case .failed(let refusal) = from { return .refused(refusal) }
        guard case .found(let index, _) = from else { return .refused(.notFound) }
        switch walk(destination, user) {
        case .failed(let refusal): return .refused(refusal)
        case .found: return .refused(.alreadyExists)
        case .missing(let directory, let rest):
            let node = nodes[index]
            let isSafe =
                node.kind == .file && node.mode & 0o4000 == 0 && node.mode & 0o2010 != 0o2010
                && node.lets(user, 6)
            guard isSafe || user.isRoot || user.uid == node.owner, !node.isDirectory,
                admits(directory, user)
            else { return .refused(.permissionDenied) }
            let parent = makeParents(in: directory, rest, stamp: stamp, user)
            add(index, to: parent, as: rest[rest.endIndex - 1])
            return .state(index, isNew: true)
        }
    }

    // MARK: New entries

    /// Whether somebody may add an entry.
    func admits(_ directory: Int, _ user: ModelUser) -> Bool {
        nodes[directory].lets(user, 2) && nodes[directory].lets(user, 1)
    }

    /// A node that belongs to whoever makes it, and to the group of a set-group-ID directory (inode(7)).
    static func newNode(
        _ kind: FileKind, _ mode: UInt16, in parent: ModelNode, _ stamp: UInt64, _ user: ModelUser
    ) -> ModelNode {
        let inherits = parent.mode & 0o2000 != 0
        let mode = kind == .directory ? mode & 0o1777 | (inherits ? 0o2000 : 0) : mode
        return ModelNode(
            kind: kind, mode: mode, owner: user.uid, group: inherits ? parent.group : user.gid, stamp: stamp)
    }

    /// The directories that are missing above, as `mkdir -p` makes them; the parent of the last name.
    mutating func makeParents(
        in directory: Int, _ rest: ArraySlice<Name>, stamp: UInt64, _ user: ModelUser
    ) -> Int {
        var parent = directory
        for (level, name) in rest.dropLast().enumerated() {
            let mode = 0o777 & ~user.umask | 0o300
            let made = make(
                Self.newNode(.directory, mode, in: nodes[parent], stamp + UInt64(level) + 1, user))
            add(made, to: parent, as: name)
            parent = made
        }
        return parent
    }

    private mutating func create(
        in directory: Int, _ rest: ArraySlice<Name>, _ conditions: ModelConditions, stamp: UInt64,
        _ user: ModelUser, _ node: (ModelNode) -> ModelNode
    ) -> ModelAnswer {
        guard admits(directory, user) else { return .refused(.permissionDenied) }
        guard conditions.verdict(on: nil) == .holds else { return .refused(.preconditionFailed) }
        let parent = makeParents(in: directory, rest, stamp: stamp, user)
        let made = make(node(nodes[parent]))
        add(made, to: parent, as: rest[rest.endIndex - 1])
        return .state(made, isNew: true)
    }
}
