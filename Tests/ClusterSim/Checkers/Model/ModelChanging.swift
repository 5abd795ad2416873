import Domain

/// How something is moved.
struct Moving {
    let overwrite: Bool
    let parents: Bool
    let stamp: UInt64
}

extension FilesystemModel {
    /// unlink(2) or rmdir(2); `tree`, `rm -r` where it could remove everything.
    mutating func remove(
        _ path: [Name], _ tree: Bool, _ conditions: ModelConditions, _ user: ModelUser
    ) -> ModelAnswer {
        guard !path.isEmpty else { return .refused(.invalid) }
        switch walk(path, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing: return .refused(.notFound)
        case .found(let index, let place):
            guard let place else { return .refused(.invalid) }
            guard gives(place.parent, index, to: user) else { return .refused(.permissionDenied) }
            guard conditions.verdict(on: nodes[index]) == .holds else { return .refused(.preconditionFailed) }
            if tree {
                guard isRemovable(index, by: user) else { return .refused(.permissionDenied) }
            } else if !nodes[index].entries.isEmpty {
                return .refused(.directoryNotEmpty)
            }
            remove(place.name, from: place.parent)
            return .done
        }
    }

    /// Whether somebody may take an entry out of a directory, by the bits and the sticky bit's rule.
    func gives(_ directory: Int, _ child: Int, to user: ModelUser) -> Bool {
        guard admits(directory, user) else { return false }
        let parent = nodes[directory]
        return parent.mode & 0o1000 == 0 || user.isRoot || user.uid == parent.owner
            || user.uid == nodes[child].owner
    }

    private func isRemovable(_ index: Int, by user: ModelUser) -> Bool {
        let node = nodes[index]
        if node.entries.isEmpty { return true }
        return node.lets(user, 4)
            && node.entries.allSatisfy { gives(index, $0.node, to: user) && isRemovable($0.node, by: user) }
    }

    /// renameat2(2), with RENAME_NOREPLACE unless it overwrites. In the order of `fs/namei.c`, the client's
    /// conditions after all else but the emptiness of what gives way.
    mutating func move(
        _ source: [Name], _ destination: [Name], _ moving: Moving, _ conditions: ModelConditions,
        _ user: ModelUser
    ) -> ModelAnswer {
        let (from, to) = (walk(source, user), walk(destination, user))
        if case .failed(let refusal) = from { return .refused(refusal) }
        if case .missing(_, let rest) = from, rest.count > 1 { return .refused(.notFound) }
        if case .failed(let refusal) = to { return .refused(refusal) }
        if case .missing(_, let rest) = to, rest.count > 1, !moving.parents { return .refused(.notFound) }
        guard !source.isEmpty else { return .refused(.invalid) }
        guard !destination.isEmpty else { return .refused(moving.overwrite ? .invalid : .alreadyExists) }
        guard case .found(let moved, let old?) = from else { return .refused(.notFound) }
        switch to {
        case .failed(let refusal): return .refused(refusal)
        case .found(let victim, let new):
            guard moving.overwrite else { return .refused(.alreadyExists) }
            guard let new else { return .refused(.invalid) }
            if isAbove(moved, new.parent) { return .refused(.invalid) }
            if isAbove(victim, old.parent) { return .refused(.directoryNotEmpty) }
            let holds = conditions.verdict(on: nodes[moved]) == .holds
            if victim == moved { return holds ? .state(moved, isNew: false) : .refused(.preconditionFailed) }
            if let refusal = refusal(of: moved, old, new.parent, victim: victim, user) {
                return .refused(refusal)
            }
            guard holds else { return .refused(.preconditionFailed) }
            guard nodes[victim].entries.isEmpty else { return .refused(.directoryNotEmpty) }
            remove(new.name, from: new.parent)
            remove(old.name, from: old.parent)
            add(moved, to: new.parent, as: new.name)
            return .state(moved, isNew: false)
        case .missing(let directory, let rest):
            if isAbove(moved, directory) { return .refused(.invalid) }
            let target = rest.count > 1 ? nil : directory
            if let refusal = refusal(of: moved, old, target, admittedBy: directory, user) {
                return .refused(refusal)
            }
            guard conditions.verdict(on: nodes[moved]) == .holds else { return .refused(.preconditionFailed) }
            let parent = makeParents(in: directory, rest, stamp: moving.stamp, user)
            remove(old.name, from: old.parent)
            add(moved, to: parent, as: rest[rest.endIndex - 1])
            return .state(moved, isNew: false)
        }
    }

    /// Whether a directory is `index` or below it.
    private func isAbove(_ index: Int, _ directory: Int) -> Bool {
        guard nodes[index].isDirectory else { return false }
        var place: Int? = directory
        while let current = place {
            if current == index { return true }
            place = nodes[current].places.first?.parent
        }
        return false
    }

    private func refusal(
        of moved: Int, _ old: ModelNode.Place, _ parent: Int, victim: Int, _ user: ModelUser
    ) -> RefusalKind? {
        guard gives(old.parent, moved, to: user), gives(parent, victim, to: user) else {
            return .permissionDenied
        }
        if nodes[moved].isDirectory != nodes[victim].isDirectory {
            return nodes[moved].isDirectory ? .notADirectory : .isADirectory
        }
        return changesParent(moved, old, parent, user) ? .permissionDenied : nil
    }

    private func refusal(
        of moved: Int, _ old: ModelNode.Place, _ parent: Int?, admittedBy directory: Int, _ user: ModelUser
    ) -> RefusalKind? {
        guard gives(old.parent, moved, to: user), admits(directory, user),
            !changesParent(moved, old, parent, user)
        else { return .permissionDenied }
        return nil
    }

    /// True for a directory that would get another parent and that the user may not write (rename(2),
    /// EACCES).
    private func changesParent(
        _ moved: Int, _ old: ModelNode.Place, _ parent: Int?, _ user: ModelUser
    ) -> Bool {
        nodes[moved].isDirectory && parent != old.parent && !nodes[moved].lets(user, 2)
    }

    /// chown(2), chmod(2), utimensat(2) and a media type, all or nothing.
    mutating func setAttributes(
        _ path: [Name], _ new: ModelAttributes, _ conditions: ModelConditions, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(path, following: true, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing: return .refused(.notFound)
        case .found(let index, _):
            let node = nodes[index]
            let isOwner = user.uid == node.owner
            if let owner = new.owner, !user.isRoot, !isOwner || owner != node.owner {
                return .refused(.permissionDenied)
            }
            if let group = new.group, !user.isRoot, !isOwner || group != node.group && !user.isIn(group) {
                return .refused(.permissionDenied)
            }
            if new.mode != nil || new.modifiedAt != nil, !user.isRoot, !isOwner {
                return .refused(.permissionDenied)
            }
            if new.mediaType != nil {
                guard node.kind == .file else { return .refused(.invalid) }
                guard node.lets(user, 2) else { return .refused(.permissionDenied) }
            }
            if !new.labels.isEmpty, !node.lets(user, 2) { return .refused(.permissionDenied) }
            guard conditions.verdict(on: node) == .holds else { return .refused(.preconditionFailed) }
            change(index) { node in
                if new.owner != nil || new.group != nil {
                    if !node.isDirectory { node.dropPrivileges(user) }
                    node.owner = new.owner ?? node.owner
                    node.group = new.group ?? node.group
                }
                if let mode = new.mode { node.mode = user.isIn(node.group) ? mode : mode & ~0o2000 }
                node.modifiedAt = new.modifiedAt ?? node.modifiedAt
                node.mediaType = new.mediaType ?? node.mediaType
                node.merge(new.labels)
            }
            return .state(index, isNew: false)
        }
    }
}

extension ModelNode {
    /// setxattr(2) and removexattr(2) of `user.*`.
    fileprivate mutating func merge(_ new: [ModelLabel]) {
        for label in new {
            labels.removeAll { $0.name == label.name }
            if label.value != Vocabulary.noText { labels.append(label) }
        }
        labels.sort { $0.name < $1.name }
    }
}
