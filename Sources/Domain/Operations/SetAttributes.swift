/// Changes what is known of a file or directory, its content apart: as chown(2), then chmod(2), then
/// utimensat(2) would, at one instant.
package enum SetAttributes {
    package struct Request: Sendable, Equatable {
        package var mode: FileMode?
        package var owner: UserID?
        package var group: GroupID?
        package var modifiedAt: WallTime?
        package var mediaType: MediaTypeChange
        package var metadata: UserMetadataChange
        /// Whether the path was written with a trailing slash.
        package var requiresDirectory: Bool
        package var conditions: Conditions
        package var deadline: WallTime?

        package init(
            mode: FileMode? = nil, owner: UserID? = nil, group: GroupID? = nil, modifiedAt: WallTime? = nil,
            mediaType: MediaTypeChange = .keep, metadata: UserMetadataChange = .keep,
            requiresDirectory: Bool = false, conditions: Conditions = Conditions(), deadline: WallTime? = nil
        ) {
            self.mode = mode
            self.owner = owner
            self.group = group
            self.modifiedAt = modifiedAt
            self.mediaType = mediaType
            self.metadata = metadata
            self.requiresDirectory = requiresDirectory
            self.conditions = conditions
            self.deadline = deadline
        }
    }

    /// Owner, group, mode and time ask for ownership, as `AccessPolicy` tells; a media type for the right to
    /// write, for it belongs to the representation; metadata for what setxattr(2) of `user.*` asks.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        let target = try resolution.requireTarget(asDirectory: request.requiresDirectory)
        try checkRights(request, to: target, at: resolution.path, principal)
        try request.conditions.require(on: target)

        let change = try change(request, of: target, principal)
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addTarget(target, conditions: request.conditions)
        // What is merged depends on what was there.
        if case .merge = request.metadata {
            guards.add(.unchanged(target.id, version: target.changeVersion))
        }
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: change == AttributeChange() ? [] : [.setAttributes(target.id, change)],
            deadline: request.deadline)
        return Plan(changeset, result: .changed(target))
    }

    private static func checkRights(
        _ request: Request, to target: Inode, at path: FilePath, _ principal: Principal
    ) throws(Refusal) {
        try AccessPolicy.requireOwnerChange(
            of: target, owner: request.owner, group: request.group, at: path, by: principal)
        if request.mode != nil || request.modifiedAt != nil {
            try AccessPolicy.requireOwnership(of: target, at: path, by: principal)
        }
        if request.mode != nil, target.kind == .symlink {
            throw .invalid("A symbolic link has no mode of its own.")
        }
        if request.mediaType != .keep {
            guard target.kind == .file else { throw .invalid("Only a file has a media type.") }
            try AccessPolicy.require(.write, on: target, at: path, by: principal)
        }
        if request.metadata != .keep {
            try AccessPolicy.requireMetadataChange(of: target, at: path, by: principal)
        }
    }

    private static func change(
        _ request: Request, of target: Inode, _ principal: Principal
    ) throws(Refusal) -> AttributeChange {
        var change = AttributeChange()
        var state = target
        if request.owner != nil || request.group != nil {
            change.owner = request.owner
            change.group = request.group
            state.mode = AccessPolicy.modeAfterOwnerChange(of: state, by: principal)
            state.owner = request.owner ?? state.owner
            state.group = request.group ?? state.group
        }
        if let mode = request.mode {
            state.mode = AccessPolicy.mode(changedTo: mode, of: state, by: principal)
        }
        if request.mode != nil || state.mode != target.mode { change.mode = state.mode }
        change.modifiedAt = request.modifiedAt
        change.mediaType = request.mediaType
        do {
            let metadata = try request.metadata.applied(to: target.metadata)
            if metadata != target.metadata { change.metadata = metadata }
        } catch {
            throw .invalid(error.description)
        }
        return change
    }
}
