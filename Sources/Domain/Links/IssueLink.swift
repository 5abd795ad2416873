/// Makes a link to a file that its issuer may read.
package enum IssueLink {
    package struct Request: Sendable {
        package let key: LinkKey
        package let lifetime: Duration
        package let deadline: WallTime

        package init(key: LinkKey, lifetime: Duration, deadline: WallTime) {
            precondition((Limits.linkLifetimeMin...Limits.linkLifetimeMax).contains(lifetime))
            self.key = key
            self.lifetime = lifetime
            self.deadline = deadline
        }
    }

    /// Needs what reading the file needs, and rests on all of it.
    package static func plan(
        _ request: Request, on resolution: Resolution, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let file = try ReadFile.plan(resolution, by: principal).inode
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addTarget(file, conditions: Conditions())
        let link = DownloadLink(
            path: resolution.path, file: file.id, issuer: principal.name,
            expiresAt: expiry(of: request.lifetime, on: resolution))
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: [.addLink(request.key, link)], deadline: request.deadline)
        return Plan(changeset, result: .changed(file))
    }

    /// When a link ends that is planned on `resolution`.
    package static func expiry(of lifetime: Duration, on resolution: Resolution) -> WallTime {
        resolution.time + lifetime
    }
}
