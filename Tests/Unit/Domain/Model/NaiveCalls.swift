extension NaiveFilesystem {
    /// open(2) with O_CREAT | O_EXCL, or mkdir(2); with `parents`, as `mkdir -p` makes those above.
    mutating func create(
        _ path: [String], isDirectory: Bool, mode: Int, size: Int, parents: Bool, at time: Int,
        _ user: NaiveUser
    ) -> Errno {
        switch walk(path, user) {
        case .failed(let error): return error
        case .found: return .eexist
        case .missing:
            return add(
                path, isDirectory: isDirectory, mode: mode, size: size, at: time, parents: parents, user)
        }
    }

    /// open(2) with O_WRONLY | O_TRUNC and write(2); utimensat(2) when a time is given.
    mutating func write(_ path: [String], size: Int, mtime: Int?, at time: Int, _ user: NaiveUser) -> Errno {
        switch walk(path, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(let node):
            if node.isDirectory { return .eisdir }
            guard node.lets(user, 2) else { return .eacces }
            if mtime != nil, user.uid != 0, user.uid != node.uid { return .eacces }
            update(path) { node in
                node.size = size
                node.time = mtime ?? time
                if user.uid != 0 { node.dropPrivileges(user) }
            }
            return .ok
        }
    }

    /// unlink(2) or rmdir(2); with `tree`, `rm -r` where it could remove everything.
    mutating func remove(_ path: [String], tree: Bool, at time: Int, _ user: NaiveUser) -> Errno {
        guard let name = path.last else { return .ebusy }
        switch walk(path, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(let node):
            guard let parent = self.node(path.dropLast()), parent.gives(node, to: user) else {
                return .eacces
            }
            if tree {
                guard node.isRemovable(by: user) else { return .eacces }
            } else if !node.children.isEmpty {
                return .enotempty
            }
            update(path.dropLast()) { parent in
                parent.children[name] = nil
                parent.time = time
            }
            return .ok
        }
    }

    /// renameat2(2), with RENAME_NOREPLACE unless `overwrite`.
    mutating func rename(
        _ source: [String], _ destination: [String], overwrite: Bool, parents: Bool, at time: Int,
        _ user: NaiveUser
    ) -> Errno {
        let (from, to) = (walk(source, user), walk(destination, user))
        if case .failed(let error) = from { return error }
        if case .missing(last: false) = from { return .enoent }
        if case .failed(let error) = to { return error }
        if case .missing(last: false) = to, !parents { return .enoent }
        guard let oldName = source.last else { return .ebusy }
        guard let newName = destination.last else { return overwrite ? .ebusy : .eexist }
        guard case .found(let moved) = from, let oldParent = node(source.dropLast()) else { return .enoent }
        var victim: NaiveNode?
        if case .found(let node) = to { victim = node }
        if victim != nil, !overwrite { return .eexist }
        if moved.isDirectory, destination.count > source.count, destination.starts(with: source) {
            return .einval
        }
        if victim != nil, source.count > destination.count, source.starts(with: destination) {
            return .enotempty
        }
        if victim?.number == moved.number { return .ok }
        guard oldParent.gives(moved, to: user) else { return .eacces }
        if let victim {
            guard let parent = node(destination.dropLast()), parent.gives(victim, to: user) else {
                return .eacces
            }
            if moved.isDirectory != victim.isDirectory { return moved.isDirectory ? .enotdir : .eisdir }
        } else {
            // What is missing above is made only if the whole succeeds.
            var trial = self
            let error = trial.add(
                destination, isDirectory: false, mode: 0, size: 0, at: time, parents: parents, user)
            guard error == .ok else { return error }
        }
        if moved.isDirectory, source.dropLast() != destination.dropLast(), !moved.lets(user, 2) {
            return .eacces
        }
        if let victim, !victim.children.isEmpty { return .enotempty }
        if victim == nil {
            _ = add(destination, isDirectory: false, mode: 0, size: 0, at: time, parents: parents, user)
        }
        update(destination.dropLast()) { parent in
            parent.children[newName] = moved
            parent.time = time
        }
        update(source.dropLast()) { parent in
            parent.children[oldName] = nil
            parent.time = time
        }
        return .ok
    }

    /// chown(2), chmod(2) and utimensat(2), all or nothing.
    mutating func setAttributes(
        _ path: [String], mode: Int?, uid: Int?, gid: Int?, mtime: Int?, _ user: NaiveUser
    ) -> Errno {
        switch walk(path, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(var node):
            let isOwner = user.uid == 0 || user.uid == node.uid
            if let uid, user.uid != 0, !(isOwner && uid == node.uid) { return .eacces }
            if let gid, user.uid != 0, !(isOwner && (gid == node.gid || user.isIn(gid))) { return .eacces }
            if uid != nil || gid != nil {
                if !node.isDirectory { node.dropPrivileges(user) }
                node.uid = uid ?? node.uid
                node.gid = gid ?? node.gid
            }
            if mode != nil || mtime != nil, !isOwner { return .eacces }
            if let mode { node.mode = user.isIn(node.gid) ? mode : mode & ~0o2000 }
            node.time = mtime ?? node.time
            update(path) { $0 = node }
            return .ok
        }
    }

    /// open(2) for reading and read(2); `listing`, a directory and what its entries are like; neither,
    /// stat(2).
    func look(_ path: [String], reading: Bool, listing: Bool, _ user: NaiveUser) -> Errno {
        switch walk(path, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(let node):
            if listing, !node.isDirectory { return .enotdir }
            if reading || listing, !node.lets(user, 4) { return .eacces }
            if reading, node.isDirectory { return .eisdir }
            if listing, !node.lets(user, 1) { return .eacces }
            return .ok
        }
    }

    /// cp(1) of a file.
    mutating func copy(
        _ source: [String], _ destination: [String], overwrite: Bool, parents: Bool, at time: Int,
        _ user: NaiveUser
    ) -> Errno {
        let error = look(source, reading: true, listing: false, user)
        guard error == .ok, let original = node(source) else { return error }
        switch walk(destination, user) {
        case .failed(let error): return error
        case .missing:
            return add(
                destination, isDirectory: false, mode: original.mode & 0o777, size: original.size, at: time,
                parents: parents, user)
        case .found(let target):
            if !overwrite { return .eexist }
            if target.number == original.number { return .einval }
            return write(destination, size: original.size, mtime: nil, at: time, user)
        }
    }
}
