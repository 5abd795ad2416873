/// Makes a file, or another file's content, a copy of a file. The bytes are shared until one of the two
/// changes, so it costs the same for any size.
package enum CopyFile {
    package struct Request: Sendable, Equatable {
        /// Whether a file at the destination gets the content.
        package var overwrite: Bool
        /// Whether directories that are missing above the destination are made.
        package var createsParents: Bool
        /// Whether one of the paths was written with a trailing slash: a file does not fit it.
        package var requiresDirectory: Bool
        package var modifiedAt: WallTime?
        /// On the source.
        package var conditions: Conditions
        /// On the destination.
        package var destinationConditions: Conditions
        package var deadline: WallTime?

        package init(
            overwrite: Bool = false, createsParents: Bool = true, requiresDirectory: Bool = false,
            modifiedAt: WallTime? = nil,
            conditions: Conditions = Conditions(), destinationConditions: Conditions = Conditions(),
            deadline: WallTime? = nil
        ) {
            self.overwrite = overwrite
            self.createsParents = createsParents
            self.requiresDirectory = requiresDirectory
            self.modifiedAt = modifiedAt
            self.conditions = conditions
            self.destinationConditions = destinationConditions
            self.deadline = deadline
        }
    }

    /// Needs to read the source and to create or write the destination. As cp(1), a new file gets the
    /// permission bits of the source under the umask, and one that is there keeps its own.
    ///
    /// The source is guarded whole: the copy is what the source is in the instant of the commit.
    package static func plan(
        _ request: Request, from source: Resolution, to destination: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: source, by: principal)
        let original = try source.requireTarget(asDirectory: request.requiresDirectory)
        try AccessPolicy.require(.read, on: original, at: source.path, by: principal)
        try original.requireFile(at: source.path)
        if let target = destination.target {
            return try planOverwrite(request, of: target, original, source, destination, principal, &ids)
        }
        let creation = CreateFile.Request(
            mode: FileMode(rawValue: original.mode.rawValue & 0o777), modifiedAt: request.modifiedAt,
            mediaType: original.mediaType, conditions: request.destinationConditions,
            createsParents: request.createsParents, deadline: request.deadline)
        let plan = try CreateFile.plan(creation, on: destination, by: principal, ids: &ids)
        try request.conditions.require(on: original)
        return plan.sharing(original, guardedBy: sourceGuards(source, original, request))
    }

    private static func planOverwrite(
        _ request: Request, of target: Inode, _ original: Inode, _ source: Resolution,
        _ destination: Resolution, _ principal: Principal, _ ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: destination, by: principal)
        guard request.overwrite else { throw .alreadyExists(destination.conflict(with: target)) }
        guard target.id != original.id else {
            throw .invalid("'\(source.path)' and '\(destination.path)' are the same file.")
        }
        let replacement = ReplaceContent.Request(
            mediaType: .set(original.mediaType), metadata: original.metadata, modifiedAt: request.modifiedAt,
            conditions: request.destinationConditions, deadline: request.deadline)
        let plan = try ReplaceContent.plan(replacement, on: destination, by: principal, ids: &ids)
        try request.conditions.require(on: original)
        return plan.sharing(original, guardedBy: sourceGuards(source, original, request))
    }

    private static func sourceGuards(
        _ source: Resolution, _ original: Inode, _ request: Request
    ) -> [Precondition] {
        var guards = Guards()
        guards.addChain(of: source)
        guards.addTarget(original, conditions: request.conditions)
        guards.add(.unchanged(original.id, version: original.changeVersion))
        if let content = original.content { guards.add(.contentIsLive(content)) }
        return guards.preconditions
    }
}
