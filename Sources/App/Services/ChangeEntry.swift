package import Domain
import Ports

extension Node {
    /// Moves what is at `path` to `destination`, changes its attributes, or both, in one commit. A directory
    /// moves with all that is below it, for the price of its one entry. Nil for `destination` moves nothing.
    /// A symbolic link moves itself (rename(2)); attributes are those of what it leads to (chmod(2)).
    package func change(
        _ path: FilePath, to destination: FilePath?, _ request: ChangeEntry.Request, by principal: Principal,
        claim: IdempotencyClaim? = nil
    ) async throws(Failure) -> WrittenFile {
        var request = request
        let plan: Plan
        let before: Resolution
        let place: FilePath
        let time: WallTime
        if let destination {
            let committed = try await commit(
                from: NamedPath(path, following: .intermediate),
                to: NamedPath(destination, following: .intermediate)
            ) {
                source, destination, identifiers throws(Refusal) in
                request.deadline = deadline(after: source)
                return try ChangeEntry.plan(
                    request, from: source, to: destination, by: principal, ids: &identifiers
                ).once(claim) { plan in
                    .entry(
                        200, destination.path, plan, location: source.content?.locations.first,
                        saysWhere: true,
                        sha256: digests(of: source.content, plan.inodeToBe, by: principal)?.sha256)
                }
            }
            (plan, before, time) = (committed.plan, committed.source, committed.time)
            place = committed.destination.path
        } else {
            let committed = try await commit(path, following: .all, content: .reference) {
                resolution, identifiers throws(Refusal) in
                request.deadline = deadline(after: resolution)
                return try ChangeEntry.plan(
                    request, from: resolution, to: nil, by: principal, ids: &identifiers
                ).once(claim) { plan in
                    .entry(
                        200, resolution.path, plan, location: resolution.content?.locations.first,
                        saysWhere: false,
                        sha256: digests(of: resolution.content, plan.inodeToBe, by: principal)?.sha256)
                }
            }
            (plan, before, time) = (committed.plan, committed.resolution, committed.time)
            place = before.path
        }
        guard let inode = plan.inode(at: time) else {
            throw .internalError("a plan that changes an entry says nothing of it")
        }
        return WrittenFile(
            state: FileState(path: place, inode: inode, location: before.content?.locations.first),
            isNew: false, digests: digests(of: before.content, inode, by: principal))
    }
}
