/// Makes a file where nothing is, as open(2) with O_CREAT and O_EXCL does.
package enum CreateFile {
    package struct Request: Sendable, Equatable {
        /// Nil for an empty file, and for the check that is made before the content is there.
        package var content: NewContent?
        /// Before the umask; nil for 0666.
        package var mode: FileMode?
        package var modifiedAt: WallTime?
        package var mediaType: MediaType?
        package var metadata: UserMetadata
        package var conditions: Conditions
        /// Whether directories that are missing above it are made.
        package var createsParents: Bool
        package var fence: FencingToken
        package var deadline: WallTime?

        package init(
            content: NewContent? = nil, mode: FileMode? = nil, modifiedAt: WallTime? = nil,
            mediaType: MediaType? = nil, metadata: UserMetadata = UserMetadata(),
            conditions: Conditions = Conditions(), createsParents: Bool = true, fence: FencingToken = .none,
            deadline: WallTime? = nil
        ) {
            self.content = content
            self.mode = mode
            self.modifiedAt = modifiedAt
            self.mediaType = mediaType
            self.metadata = metadata
            self.conditions = conditions
            self.createsParents = createsParents
            self.fence = fence
            self.deadline = deadline
        }
    }

    /// Refuses in the kernel's order: the walk, then what exists (even where the directory could not be
    /// written: EEXIST comes before EACCES), then the right to add an entry; the client's conditions last.
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

        let file = NewInode(
            id: InodeID(ids.next()), kind: .file,
            mode: AccessPolicy.mode(ofNewFile: request.mode, in: place.directory, by: principal),
            owner: principal.user, group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            size: request.content?.size ?? 0, modifiedAt: request.modifiedAt, content: request.content?.id,
            mediaType: request.mediaType, metadata: request.metadata, fence: request.fence)
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addAbsence(of: resolution)
        let publication = request.content.map { [Mutation.publishContent($0)] } ?? []
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: publication + place.parents + [
                .createInode(file),
                .addEntry(parent: place.directory.id, name: place.name, inode: file.id),
            ],
            deadline: request.deadline)
        return Plan(changeset, result: .created(file))
    }
}
