/// Removes a file as unlink(2) does, or an empty directory as rmdir(2) does.
package enum RemoveEntry {
    package struct Request: Sendable, Equatable {
        package var conditions: Conditions
        package var deadline: WallTime?

        package init(conditions: Conditions = Conditions(), deadline: WallTime? = nil) {
            self.conditions = conditions
            self.deadline = deadline
        }
    }

    /// Needs write and search on the directory that holds it, and the sticky bit's rule; nothing of the
    /// target. That a directory is empty shows only in the commit: see `Plan.refusal(ifBroken:)`.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        var removal = try Removal(on: resolution, conditions: request.conditions, by: principal)
        var refusals: [Plan.FinalRefusal] = []
        if removal.target.kind == .directory {
            let empty = Precondition.emptyDirectory(removal.target.id)
            removal.guards.add(empty)
            refusals = [
                Plan.FinalRefusal(precondition: empty, refusal: .directoryNotEmpty(resolution.path))
            ]
        }
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: removal.guards.preconditions,
            mutations: [
                .removeEntry(parent: removal.parent.id, name: removal.name, inode: removal.target.id)
            ],
            deadline: request.deadline)
        return Plan(changeset, result: .removed, refusals: refusals)
    }
}

/// What the removals of one entry have in common.
struct Removal {
    let target: Inode
    let parent: Inode
    let name: FileName
    var guards = Guards()

    init(on resolution: Resolution, conditions: Conditions, by principal: Principal) throws(Refusal) {
        // First: a walk that a link led astray may have stopped at the root.
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        guard let name = resolution.path.last, let parentPath = resolution.path.parent else {
            throw .rootIsFixed
        }
        guard let target = resolution.target, let parent = resolution.parent else {
            throw .notFound(resolution.path)
        }
        try AccessPolicy.requireRemoval(of: target, from: parent, at: parentPath, by: principal)
        try conditions.require(on: target)
        self.target = target
        self.parent = parent
        self.name = name
        guards.addChain(of: resolution)
        guards.addTarget(target, conditions: conditions)
    }
}
