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

    /// Refuses in the kernel's order, see `NewEntryPlace`.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let place = try NewEntryPlace(
            creatingAt: resolution, createsParents: request.createsParents, conditions: request.conditions,
            by: principal, ids: &ids)
        let file = NewInode(
            id: InodeID(ids.next()), kind: .file,
            mode: AccessPolicy.mode(ofNewFile: request.mode, in: place.directory, by: principal),
            owner: principal.user, group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            size: request.content?.size ?? 0, modifiedAt: request.modifiedAt, content: request.content?.id,
            mediaType: request.mediaType, metadata: request.metadata, fence: request.fence)
        return place.plan(
            creating: file, publishing: request.content, on: resolution, deadline: request.deadline, ids: &ids
        )
    }
}
