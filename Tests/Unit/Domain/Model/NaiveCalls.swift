extension NaiveFilesystem {
    /// open(2) with O_CREAT | O_EXCL, or mkdir(2); with `parents`, as `mkdir -p` makes those above.
    mutating func create(
        _ path: [String], kind: NaiveKind, mode: Int, size: Int, parents: Bool, at time: Int,
        _ user: NaiveUser
    ) -> Errno {
        switch walk(path, user) {
        case .failed(let error): return error
        case .found: return .eexist
        case .missing(_, let place):
            return add(place, kind: kind, mode: mode, size: size, at: time, parents: parents, user)
        }
    }

    /// link(2).
    mutating func link(
        _ existing: [String], _ path: [String], parents: Bool, at time: Int, _ user: NaiveUser
    ) -> Errno {
        let source = walk(existing, user)
        if case .failed(let error) = source { return error }
        guard case .found(let node, _) = source else { return .enoent }
        let destination = walk(path, user)
        if case .failed(let error) = destination { return error }
        guard case .missing(let isLast, let place) = destination, let name = place.last else {
            return .eexist
        }
        guard isLast || parents else { return .enoent }
        let isSafe =
            node.kind == .file && node.mode & 0o4000 == 0 && node.mode & 0o2010 != 0o2010
            && node.lets(user, 6)
        guard isSafe || user.uid == 0 || user.uid == node.uid else { return .eacces }
        // What is missing above is made only if the whole succeeds.
        var trial = self
        let error = trial.add(place, kind: .file, mode: 0, size: 0, at: time, parents: parents, user)
        guard error == .ok else { return error }
        if node.isDirectory { return .eacces }
        _ = add(place, kind: .file, mode: 0, size: 0, at: time, parents: parents, user)
        update(place.dropLast()) { $0.children[name] = node }
        return .ok
    }

    /// open(2) with O_WRONLY | O_TRUNC, and with O_CREAT where `creates`, and write(2); utimensat(2) when a
    /// time is given.
    mutating func write(
        _ path: [String], size: Int, mtime: Int?, creates: Bool = false, at time: Int, _ user: NaiveUser
    ) -> Errno {
        switch walk(path, follow: true, creating: creates, user) {
        case .failed(let error): return error
        case .missing(_, let place):
            guard creates else { return .enoent }
            return add(
                place, kind: .file, mode: 0o666, size: size, at: time, parents: true, user, mtime: mtime)
        case .found(let node, let place):
            if node.isDirectory { return .eisdir }
            guard node.lets(user, 2) else { return .eacces }
            if mtime != nil, user.uid != 0, user.uid != node.uid { return .eacces }
            update(place) { node in
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
        case .found(let node, let place):
            guard let parent = self.node(place.dropLast()), parent.gives(node, to: user) else {
                return .eacces
            }
            if tree {
                guard node.isRemovable(by: user) else { return .eacces }
            } else if !node.children.isEmpty {
                return .enotempty
            }
            update(place.dropLast()) { parent in
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
        if case .missing(last: false, _) = from { return .enoent }
        if case .failed(let error) = to { return error }
        if case .missing(last: false, _) = to, !parents { return .enoent }
        guard let oldName = source.last else { return .ebusy }
        guard let newName = destination.last else { return overwrite ? .ebusy : .eexist }
        guard case .found(let moved, let old) = from, let oldParent = node(old.dropLast()) else {
            return .enoent
        }
        var victim: NaiveNode?
        let new: [String]
        switch to {
        case .failed(let error): return error
        case .missing(_, let place): new = place
        case .found(let node, let place): (victim, new) = (node, place)
        }
        if victim != nil, !overwrite { return .eexist }
        if moved.isDirectory, new.count > old.count, new.starts(with: old) { return .einval }
        if victim != nil, old.count > new.count, old.starts(with: new) { return .enotempty }
        if victim?.number == moved.number { return .ok }
        guard oldParent.gives(moved, to: user) else { return .eacces }
        if let victim {
            guard let parent = node(new.dropLast()), parent.gives(victim, to: user) else {
                return .eacces
            }
            if moved.isDirectory != victim.isDirectory { return moved.isDirectory ? .enotdir : .eisdir }
        } else {
            // What is missing above is made only if the whole succeeds.
            var trial = self
            let error = trial.add(new, kind: .file, mode: 0, size: 0, at: time, parents: parents, user)
            guard error == .ok else { return error }
        }
        if moved.isDirectory, old.dropLast() != new.dropLast(), !moved.lets(user, 2) {
            return .eacces
        }
        if let victim, !victim.children.isEmpty { return .enotempty }
        if victim == nil {
            _ = add(new, kind: .file, mode: 0, size: 0, at: time, parents: parents, user)
        }
        update(new.dropLast()) { parent in
            parent.children[newName] = moved
            parent.time = time
        }
        update(old.dropLast()) { parent in
            parent.children[oldName] = nil
            parent.time = time
        }
        return .ok
    }

    /// chown(2), chmod(2) and utimensat(2), all or nothing.
    mutating func setAttributes(
        _ path: [String], mode: Int?, uid: Int?, gid: Int?, mtime: Int?, _ user: NaiveUser
    ) -> Errno {
        switch walk(path, follow: true, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(var node, let place):
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
            update(place) { $0 = node }
            return .ok
        }
    }

    /// open(2) for reading and read(2); `listing`, a directory and what its entries are like; neither,
    /// stat(2).
    func look(
        _ path: [String], reading: Bool, listing: Bool, follow: Bool = true, _ user: NaiveUser
    ) -> Errno {
        switch walk(path, follow: follow, user) {
        case .failed(let error): return error
        case .missing: return .enoent
        case .found(let node, _):
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
        guard error == .ok, case .found(let original, _) = walk(source, follow: true, user) else {
            return error
        }
        switch walk(destination, follow: overwrite, creating: overwrite, user) {
        case .failed(let error): return error
        case .missing(_, let place):
            return add(
                place, kind: .file, mode: original.mode & 0o777, size: original.size, at: time,
                parents: parents, user)
        case .found(let target, _):
            if !overwrite { return .eexist }
            if target.number == original.number { return .einval }
            return write(destination, size: original.size, mtime: nil, creates: true, at: time, user)
        }
    }
}
