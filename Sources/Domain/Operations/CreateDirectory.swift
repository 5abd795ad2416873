/// Makes a directory where nothing is, as mkdir(2) does.
package enum CreateDirectory {
    package struct Request: Sendable, Equatable {
        /// Before the umask; nil for 0777. Set-user-ID and set-group-ID in it count for nothing, as in
        /// mkdir(2).
        package var mode: FileMode?
        package var modifiedAt: WallTime?
        package var metadata: UserMetadata
        package var conditions: Conditions
        /// Whether directories that are missing above it are made.
        package var createsParents: Bool
        package var deadline: WallTime?

        package init(
            mode: FileMode? = nil, modifiedAt: WallTime? = nil,
            metadata: UserMetadata = UserMetadata(), conditions: Conditions = Conditions(),
            createsParents: Bool = true, deadline: WallTime? = nil
        ) {
            self.mode = mode
            self.modifiedAt = modifiedAt
            self.metadata = metadata
            self.conditions = conditions
            self.createsParents = createsParents
            self.deadline = deadline
        }
    }

    /// Refuses in the order of `CreateFile`.
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

        let directory = NewInode(
            id: InodeID(ids.next()), kind: .directory,
            mode: AccessPolicy.mode(ofNewDirectory: request.mode, in: place.directory, by: principal),
            owner: principal.user, group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            modifiedAt: request.modifiedAt, metadata: request.metadata)
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addAbsence(of: resolution)
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: place.parents + [
                .createInode(directory),
                .addEntry(parent: place.directory.id, name: place.name, inode: directory.id),
            ],
            deadline: request.deadline)
        return Plan(changeset, result: .created(directory))
    }
}
