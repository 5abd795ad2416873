/// Removes a file, or a directory with all that is below it at one instant: what `rm -r` does where it could
/// do it all, and nothing where it could not.
package enum RemoveTree {
    package struct Request: Sendable, Equatable {
        package var conditions: Conditions
        package var deadline: WallTime?

        package init(conditions: Conditions = Conditions(), deadline: WallTime? = nil) {
            self.conditions = conditions
            self.deadline = deadline
        }
    }

    /// Judges the top as `RemoveEntry` does. What lies below is judged in the commit: see
    /// `Plan.refusal(ifBroken:)`.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        var removal = try Removal(on: resolution, conditions: request.conditions, by: principal)
        let mutation: Mutation
        var refusals: [Plan.FinalRefusal] = []
        if removal.target.kind == .directory {
            let removable = Precondition.removableTree(removal.target.id, by: principal)
            removal.guards.add(removable)
            refusals = [
                Plan.FinalRefusal(
                    precondition: removable, refusal: .permissionDenied(.tree(resolution.path)))
            ]
            mutation = .detachTree(parent: removal.parent.id, name: removal.name, inode: removal.target.id)
        } else {
            mutation = .removeEntry(parent: removal.parent.id, name: removal.name, inode: removal.target.id)
        }
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: removal.guards.preconditions, mutations: [mutation],
            deadline: request.deadline)
        return Plan(changeset, result: .removed, refusals: refusals)
    }
}
