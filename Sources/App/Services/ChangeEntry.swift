package import Domain
import Ports

extension Node {
    /// Moves what is at `path` to `destination`, changes its attributes, or both, in one commit. A directory
    /// moves with all that is below it, for the price of its one entry. Nil for `destination` moves nothing.
    package func change(
        _ path: FilePath, to destination: FilePath?, _ request: ChangeEntry.Request, by principal: Principal
    ) async throws(Failure) -> FileState {
        var request = request
        let plan: Plan
        let before: Resolution
        let time: WallTime
        if let destination {
            let committed = try await commit(from: path, to: destination) {
                source, destination, identifiers throws(Refusal) in
                request.deadline = deadline(after: source)
                return try ChangeEntry.plan(
                    request, from: source, to: destination, by: principal, ids: &identifiers)
            }
            (plan, before, time) = (committed.plan, committed.source, committed.time)
        } else {
            let committed = try await commit(path, content: .reference) {
                resolution, identifiers throws(Refusal) in
                request.deadline = deadline(after: resolution)
                return try ChangeEntry.plan(
                    request, from: resolution, to: nil, by: principal, ids: &identifiers)
            }
            (plan, before, time) = (committed.plan, committed.resolution, committed.time)
        }
        guard let inode = plan.inode(at: time) else {
            throw .internalError("a plan that changes an entry says nothing of it")
        }
        return FileState(
            path: destination ?? path, inode: inode, location: before.content?.locations.first)
    }
}
