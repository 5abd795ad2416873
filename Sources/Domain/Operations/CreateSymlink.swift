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

    /// Refuses in the kernel's order, see `NewEntryPlace`. The mode is shown as 0777 and never counts
    /// (symlink(7)).
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let place = try NewEntryPlace(
            creatingAt: resolution, createsParents: request.createsParents, conditions: request.conditions,
            by: principal, ids: &ids)
        let link = NewInode(
            id: InodeID(ids.next()), kind: .symlink, mode: FileMode(rawValue: 0o777), owner: principal.user,
            group: AccessPolicy.group(ofNewEntryIn: place.directory, by: principal),
            size: UInt64(request.target.text.utf8.count), modifiedAt: request.modifiedAt,
            symlinkTarget: request.target.text)
        return place.plan(
            creating: link, on: resolution, deadline: request.deadline, ids: &ids)
    }
}
