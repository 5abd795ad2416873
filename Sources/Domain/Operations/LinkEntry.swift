/// Gives a file, or a symbolic link itself, another name, as link(2) does.
package enum LinkEntry {
    package struct Request: Sendable, Equatable {
        /// On the new name.
        package var conditions: Conditions
        /// Whether directories that are missing above the new name are made.
        package var createsParents: Bool
        package var deadline: WallTime?

        package init(
            conditions: Conditions = Conditions(), createsParents: Bool = true, deadline: WallTime? = nil
        ) {
            self.conditions = conditions
            self.createsParents = createsParents
            self.deadline = deadline
        }
    }

    /// Refuses in the kernel's order: the walk to what gets the name, the walk to the name and what is there,
    /// whose the inode is, the right to add an entry, the kind, and how many names there are already.
    package static func plan(
        _ request: Request, from source: Resolution, to destination: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try destination.requireRepresentablePath()
        try AccessPolicy.requireSearch(on: source, by: principal)
        let inode = try source.requireTarget()
        try AccessPolicy.requireSearch(on: destination, by: principal)
        if let target = destination.target { throw .alreadyExists(destination.conflict(with: target)) }
        if destination.missing.count > 1, !request.createsParents, let parent = destination.path.parent {
            throw .notFound(parent)
        }
        try AccessPolicy.requireLinking(of: inode, at: source.path, by: principal)
        let place = try NewEntryPlace(
            on: destination, createsParents: request.createsParents, by: principal, ids: &ids)
        guard inode.kind != .directory else {
            throw .permissionDenied(
                AccessDenial(
                    path: source.path, right: .write, inodeMode: inode.mode, permissionClass: nil,
                    rule: .directoryLink))
        }
        guard inode.linkCount < Limits.linkCountMax else { throw .tooManyLinks(source.path) }
        try request.conditions.require(on: nil)

        var guards = Guards()
        guards.addChain(of: source)
        // Whole, so that the answer is what the commit left, and names are never more than there may be.
        guards.add(.unchanged(inode.id, version: inode.changeVersion))
        guards.addChain(of: destination)
        guards.addAbsence(of: destination)
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: place.parents + [
                .addEntry(parent: place.directory.id, name: place.name, inode: inode.id)
            ],
            deadline: request.deadline)
        return Plan(changeset, result: .changed(inode))
    }
}
