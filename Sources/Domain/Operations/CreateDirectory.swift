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

    /// Refuses in the kernel's order, see `NewEntryPlace`.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let place = try NewEntryPlace(
            creatingAt: resolution, createsParents: request.createsParents, conditions: request.conditions,
            by: principal, ids: &ids)
        let directory = NewInode(
            id: InodeID(ids.next()), kind: .directory,
            mode: AccessPolicy.mode(ofNewDirectory: request.mode, in: place.directory, by: principal),
            owner: principal.user, group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            modifiedAt: request.modifiedAt, metadata: request.metadata)
        return place.plan(
            creating: directory, on: resolution, deadline: request.deadline, ids: &ids)
    }
}
