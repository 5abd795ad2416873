/// Gives a file another content, as open(2) with O_TRUNC and write(2) do, but at one instant. Mode, owner and
/// birth stay.
package enum ReplaceContent {
    package struct Request: Sendable, Equatable {
        /// Nil to empty the file, and for the check that is made before the content is there.
        package var content: NewContent?
        package var mediaType: MediaTypeChange
        /// Nil to keep what the file has.
        package var metadata: UserMetadata?
        package var modifiedAt: WallTime?
        package var conditions: Conditions
        /// The token of the lease under which this is planned; `.none` without one.
        package var fence: FencingToken
        package var deadline: WallTime?

        package init(
            content: NewContent? = nil, mediaType: MediaTypeChange = .keep,
            metadata: UserMetadata? = nil, modifiedAt: WallTime? = nil, conditions: Conditions = Conditions(),
            fence: FencingToken = .none, deadline: WallTime? = nil
        ) {
            self.content = content
            self.mediaType = mediaType
            self.metadata = metadata
            self.modifiedAt = modifiedAt
            self.conditions = conditions
            self.fence = fence
            self.deadline = deadline
        }
    }

    /// Needs write permission on the file and none on its directory; to set a time, the file must be the
    /// principal's (utimensat(2)). A write by anybody but the superuser takes set-user-ID and set-group-ID
    /// away.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        let file = try resolution.requireTarget()
        try file.requireFile(at: resolution.path)
        try AccessPolicy.require(.write, on: file, at: resolution.path, by: principal)
        if request.modifiedAt != nil {
            try AccessPolicy.requireOwnership(of: file, at: resolution.path, by: principal)
        }
        if request.fence != .none, file.fence > request.fence { throw .superseded }
        try request.conditions.require(on: file)

        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addTarget(file, conditions: request.conditions)
        var mutations = request.content.map { [Mutation.publishContent($0)] } ?? []
        mutations += Self.replacement(
            of: file, with: request.content?.id, size: request.content?.size ?? 0,
            mediaType: request.mediaType, metadata: request.metadata, modifiedAt: request.modifiedAt,
            by: principal)
        var refusals: [Plan.FinalRefusal] = []
        if request.fence != .none {
            let fence = Precondition.fence(file.id, atMost: request.fence)
            guards.add(fence)
            mutations.append(.raiseFence(file.id, request.fence))
            refusals.append(Plan.FinalRefusal(precondition: fence, refusal: .superseded))
        }
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions, mutations: mutations,
            deadline: request.deadline)
        return Plan(changeset, result: .changed(file), refusals: refusals)
    }

    /// The mutations that point a file at a content that is, or is about to be, published.
    static func replacement(
        of file: Inode, with content: ContentID?, size: UInt64, mediaType: MediaTypeChange,
        metadata: UserMetadata?, modifiedAt: WallTime?, by principal: Principal
    ) -> [Mutation] {
        var mutations = [
            Mutation.setContent(
                file.id, content: content, size: size, mediaType: mediaType, modifiedAt: modifiedAt)
        ]
        let mode = AccessPolicy.modeAfterWrite(to: file, by: principal)
        var change = AttributeChange()
        if mode != file.mode { change.mode = mode }
        if metadata != file.metadata { change.metadata = metadata }
        if change != AttributeChange() { mutations.append(.setAttributes(file.id, change)) }
        return mutations
    }
}

extension Inode {
    /// Refuses what has no content of its own.
    func requireFile(at path: FilePath) throws(Refusal) {
        switch kind {
        case .file: return
        case .directory: throw .isADirectory(path)
        case .symlink:
            throw .invalid("'\(path)' is a symbolic link, which has no content of its own.")
        }
    }
}
