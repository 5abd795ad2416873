/// Takes an entry from one path to another, whatever is below it, as rename(2) does.
package enum MoveEntry {
    package struct Request: Sendable, Equatable {
        /// Whether what is at the destination gives way; without it, as RENAME_NOREPLACE of renameat2(2).
        package var overwrite: Bool
        /// Whether directories that are missing above the destination are made.
        package var createsParents: Bool
        /// Whether one of the paths was written with a trailing slash: then only a directory moves.
        package var requiresDirectory: Bool
        /// On the source.
        package var conditions: Conditions
        package var deadline: WallTime?

        package init(
            overwrite: Bool = false, createsParents: Bool = false, requiresDirectory: Bool = false,
            conditions: Conditions = Conditions(), deadline: WallTime? = nil
        ) {
            self.overwrite = overwrite
            self.createsParents = createsParents
            self.requiresDirectory = requiresDirectory
            self.conditions = conditions
            self.deadline = deadline
        }
    }

    /// Refuses in the kernel's order: both walks, the root, what is missing, what is there already, a
    /// directory into itself; then the rights on both directories with the sticky bit's rule, the kinds, and
    /// the right to write a directory that gets another parent (its `..` changes). Two names of one inode:
    /// nothing happens.
    package static func plan(
        _ request: Request, from source: Resolution, to destination: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let ends = try checkPaths(request, source, destination, principal)
        var guards = Guards()
        guards.addChain(of: source)
        guards.addTarget(ends.moved, conditions: request.conditions)
        guards.addChain(of: destination)

        if let victim = destination.target, victim.id == ends.moved.id {
            try request.conditions.require(on: ends.moved)
            let changeset = Changeset(
                id: ChangesetID(ids.next()), preconditions: guards.preconditions, deadline: request.deadline)
            return Plan(changeset, result: .changed(ends.moved))
        }

        try AccessPolicy.requireRemoval(
            of: ends.moved, from: ends.sourceParent, at: ends.sourceParentPath, by: principal)
        var mutations: [Mutation] = []
        var refusals: [Plan.FinalRefusal] = []
        let newParent: InodeID
        if let victim = destination.target, let parent = destination.parent {
            newParent = parent.id
            try checkVictim(victim, in: parent, at: destination.path, of: ends.moved, principal)
            guards.addTarget(victim, conditions: Conditions())
            if victim.kind == .directory {
                let empty = Precondition.emptyDirectory(victim.id)
                guards.add(empty)
                let refusal = Refusal.directoryNotEmpty(destination.path)
                refusals.append(Plan.FinalRefusal(precondition: empty, refusal: refusal))
            }
            mutations.append(.removeEntry(parent: parent.id, name: ends.newName, inode: victim.id))
        } else {
            let place = try NewEntryPlace(
                on: destination, createsParents: request.createsParents, by: principal, ids: &ids)
            newParent = place.directory.id
            guards.addAbsence(of: destination)
            mutations += place.parents
        }
        if ends.moved.kind == .directory {
            if newParent != ends.sourceParent.id {
                try AccessPolicy.require(.write, on: ends.moved, at: source.path, by: principal)
            }
            // A parent that is made in this commit hangs below the deepest that is there.
            let existing = destination.target == nil ? destination.deepest.id : newParent
            guards.add(.outside(existing, of: ends.moved.id))
        }
        try request.conditions.require(on: ends.moved)

        mutations.append(
            .moveEntry(
                from: ends.sourceParent.id, name: ends.oldName, to: newParent, newName: ends.newName,
                inode: ends.moved.id))
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions, mutations: mutations,
            deadline: request.deadline)
        return Plan(changeset, result: .changed(ends.moved), refusals: refusals)
    }

    /// Both ends of a move, once it is clear that they exist.
    private struct Ends {
        let moved: Inode
        let sourceParent: Inode
        let sourceParentPath: FilePath
        let oldName: FileName
        let newName: FileName
    }

    private static func checkPaths(
        _ request: Request, _ source: Resolution, _ destination: Resolution, _ principal: Principal
    ) throws(Refusal) -> Ends {
        try destination.requireRepresentablePath()
        try AccessPolicy.requireSearch(on: source, by: principal)
        if source.missing.count > 1 { throw .notFound(source.path) }
        try AccessPolicy.requireSearch(on: destination, by: principal)
        if destination.missing.count > 1, !request.createsParents, let parent = destination.path.parent {
            throw .notFound(parent)
        }
        guard let oldName = source.path.last, let sourceParent = source.parent,
            let sourceParentPath = source.path.parent
        else { throw .rootIsFixed }
        guard let newName = destination.path.last else {
            throw request.overwrite
                ? .rootIsFixed : .alreadyExists(destination.conflict(with: destination.root))
        }
        let moved = try source.requireTarget()
        if let victim = destination.target, !request.overwrite {
            throw .alreadyExists(destination.conflict(with: victim))
        }
        if request.requiresDirectory, moved.kind != .directory { throw .notADirectory(source.path) }
        let above = destination.chain.prefix(destination.path.names.count)
        if above.contains(where: { $0.id == moved.id }) { throw .moveIntoItself }
        if let victim = destination.target, source.chain.dropLast().contains(where: { $0.id == victim.id }) {
            throw .directoryNotEmpty(destination.path)
        }
        return Ends(
            moved: moved, sourceParent: sourceParent, sourceParentPath: sourceParentPath, oldName: oldName,
            newName: newName)
    }

    private static func checkVictim(
        _ victim: Inode, in parent: Inode, at path: FilePath, of moved: Inode, _ principal: Principal
    ) throws(Refusal) {
        try AccessPolicy.requireRemoval(of: victim, from: parent, at: path.parent ?? .root, by: principal)
        switch (moved.kind == .directory, victim.kind == .directory) {
        case (true, false): throw .notADirectory(path)
        case (false, true): throw .isADirectory(path)
        case (true, true), (false, false): return
        }
    }
}
