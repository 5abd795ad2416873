import Domain

extension FilesystemModel {
    /// cp(1), with -r for a directory. A copy shares the bytes, so its tag says the same as the original's.
    mutating func copy(
        _ source: [Name], _ destination: [Name], _ overwrite: Bool, _ conditions: ModelConditions,
        _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(source, following: true, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing: return .refused(.notFound)
        case .found(let index, _):
            if nodes[index].isDirectory {
                return copyTree(index, destination, overwrite, conditions, stamp, user)
            }
            guard nodes[index].lets(user, 4) else { return .refused(.permissionDenied) }
            return copyFile(index, destination, overwrite, conditions, stamp, user)
        }
    }

    private mutating func copyFile(
        _ source: Int, _ destination: [Name], _ overwrite: Bool, _ conditions: ModelConditions,
        _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        let original = nodes[source]
        let holds = conditions.verdict(on: original) == .holds
        let to = walk(destination, following: overwrite, creating: overwrite, user)
        if case .found(let target, _) = to {
            guard overwrite else { return .refused(.alreadyExists) }
            if target == source { return .refused(.invalid) }
            if nodes[target].isDirectory { return .refused(.isADirectory) }
            guard nodes[target].lets(user, 2) else { return .refused(.permissionDenied) }
        }
        if case .missing(let directory, _) = to, !admits(directory, user) {
            return .refused(.permissionDenied)
        }
        if case .failed(let refusal) = to { return .refused(refusal) }
        guard holds else { return .refused(.preconditionFailed) }
        let file = NewFile(
            body: original.body, mode: original.mode & 0o777, mediaType: original.mediaType, stamp: stamp)
        return write(destination, file, !overwrite, ModelConditions(), user)
    }

    private mutating func copyTree(
        _ top: Int, _ destination: [Name], _ overwrite: Bool, _ conditions: ModelConditions,
        _ stamp: UInt64, _ user: ModelUser
    ) -> ModelAnswer {
        guard directories(from: top, allow: user) else { return .refused(.permissionDenied) }
        switch walk(destination, user) {
        case .failed(let refusal): return .refused(refusal)
        case .found(let target, _):
            if isWithin(target, top) { return .refused(.invalid) }
            return .refused(overwrite && !nodes[target].isDirectory ? .notADirectory : .alreadyExists)
        case .missing(let directory, let rest):
            if isWithin(directory, top) { return .refused(.invalid) }
            guard admits(directory, user), files(from: top, allow: user) else {
                return .refused(.permissionDenied)
            }
            guard conditions.verdict(on: nodes[top]) == .holds else { return .refused(.preconditionFailed) }
            let parent = makeParents(in: directory, rest, stamp: stamp, user)
            var next = stamp + UInt64(rest.count) + 1
            let copy = duplicate(top, into: parent, &next, user)
            add(copy, to: parent, as: rest[rest.endIndex - 1])
            return .state(copy, isNew: true)
        }
    }

    private func isWithin(_ index: Int, _ top: Int) -> Bool {
        var place: Int? = index
        while let current = place {
            if current == top { return true }
            place = nodes[current].places.first?.parent
        }
        return false
    }

    private func directories(from index: Int, allow user: ModelUser) -> Bool {
        let node = nodes[index]
        guard node.isDirectory else { return true }
        return node.lets(user, 4) && node.lets(user, 1)
            && node.entries.allSatisfy { directories(from: $0.node, allow: user) }
    }

    private func files(from index: Int, allow user: ModelUser) -> Bool {
        let node = nodes[index]
        switch node.kind {
        case .directory: return node.entries.allSatisfy { files(from: $0.node, allow: user) }
        case .file: return node.lets(user, 4)
        case .symlink: return true
        }
    }

    /// A copy that is to be added to `parent`, with copies of all that is below it.
    private mutating func duplicate(
        _ index: Int, into parent: Int, _ stamp: inout UInt64, _ user: ModelUser
    ) -> Int {
        let original = nodes[index]
        var mode = original.mode
        switch original.kind {
        case .directory: mode = mode & 0o1777 & ~user.umask
        case .file: mode = mode & 0o777 & ~user.umask
        case .symlink: break
        }
        var node = Self.newNode(original.kind, mode, in: nodes[parent], stamp, user)
        node.body = original.body
        node.mediaType = original.mediaType
        node.labels = original.labels
        node.target = original.target
        stamp += 1
        let copy = make(node)
        for entry in original.entries {
            add(duplicate(entry.node, into: copy, &stamp, user), to: copy, as: entry.name)
        }
        return copy
    }
}
