/// Makes a symbolic link where nothing is, as symlink(2) does.
package enum CreateSymlink {
    package struct Request: Sendable, Equatable {
        /// Stored as it is: nothing need be there.
        package var target: SymlinkTarget
        package var modifiedAt: WallTime?
        package var conditions: Conditions
        /// Whether directories that are missing above it are made.
        package var createsParents: Bool
        package var deadline: WallTime?

        package init(
            target: SymlinkTarget, modifiedAt: WallTime? = nil, conditions: Conditions = Conditions(),
            createsParents: Bool = true, deadline: WallTime? = nil
        ) {
            self.target = target
            self.modifiedAt = modifiedAt
            self.conditions = conditions
            self.createsParents = createsParents
            self.deadline = deadline
        }
    }

    /// Refuses in the order of `CreateFile`. The mode is shown as 0777 and never counts (symlink(7)).
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try resolution.requireRepresentablePath()
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        if let target = resolution.target { throw .alreadyExists(resolution.conflict(with: target)) }
        let place = try NewEntryPlace(
            on: resolution, createsParents: request.createsParents, by: principal, ids: &ids)
        try request.conditions.require(on: nil)

        let link = NewInode(
            id: InodeID(ids.next()), kind: .symlink, mode: FileMode(rawValue: 0o777), owner: principal.user,
            group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            size: UInt64(request.target.text.utf8.count), modifiedAt: request.modifiedAt,
            symlinkTarget: request.target.text)
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addAbsence(of: resolution)
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: place.parents + [
                .createInode(link),
                .addEntry(parent: place.directory.id, name: place.name, inode: link.id),
            ],
            deadline: request.deadline)
        return Plan(changeset, result: .created(link))
    }
}
