package import Domain
import Ports

extension Node {
    /// Removes a file or an empty directory; with `asDirectory`, because the path was written with a trailing
    /// slash, only a directory.
    package func remove(
        _ path: FilePath, asDirectory: Bool = false, conditions: Conditions, by principal: Principal,
        claim: IdempotencyClaim? = nil
    ) async throws(Failure) {
        _ = try await commit(path, following: .intermediate) { resolution, identifiers throws(Refusal) in
            let plan = try RemoveEntry.plan(
                RemoveEntry.Request(
                    conditions: conditions, deadline: deadline(after: resolution)),
                on: resolution, by: principal, ids: &identifiers)
            try Self.require(asDirectory, resolution)
            return plan.once(claim) { _ in .done }
        }
    }

    private static func require(_ directory: Bool, _ resolution: Resolution) throws(Refusal) {
        if directory, resolution.target?.kind != .directory { throw .notADirectory(resolution.path) }
    }

    /// Removes a file or a directory with all that is below it, in one commit; refused when the principal
    /// could not remove all of it. A tree of more directories than one transaction may check is taken apart
    /// from below, and then it is several commits: the conditions are those of the first, and a refusal on
    /// the way leaves what was not reached. A claim is settled by the last; until then all may be repeated.
    package func removeTree(
        _ path: FilePath, asDirectory: Bool = false, conditions: Conditions, by principal: Principal,
        claim: IdempotencyClaim? = nil
    ) async throws(Failure) {
        var pending = [path]
        var following = LinkFollowing.intermediate
        var conditions = conditions
        while let next = pending.last {
            switch try await detach(
                next, following: following, asDirectory: asDirectory, conditions: conditions, by: principal,
                claim: pending.count == 1 ? claim : nil)
            {
            case .removed:
                pending.removeLast()
            case .refused(.notFound) where pending.count > 1,
                .refused(.notADirectory) where pending.count > 1:
                pending.removeLast()
            case .refused(let refusal):
                throw .refused(refusal)
            case .tooLarge(let place):
                // From here on nothing is followed: a link that comes to stand where a directory was would
                // lead out of the tree.
                following = .never
                pending[pending.count - 1] = place
                // They held, or the plan had been refused; what is removed below changes the tag.
                conditions = Conditions()
                guard let child = try await firstDirectory(in: place, by: principal) else { throw .contended }
                pending.append(child)
            }
        }
    }

    private enum Detachment {
        case removed
        case refused(Refusal)
        /// Where the tree is, free of links.
        case tooLarge(FilePath)
    }

    private func detach(
        _ path: FilePath, following: LinkFollowing, asDirectory: Bool, conditions: Conditions,
        by principal: Principal, claim: IdempotencyClaim?
    ) async throws(Failure) -> Detachment {
        for _ in 0..<Limits.planAttemptsMax {
            let resolution = try await resolve(path, content: .none, following: following)
            var identifiers = FreshIdentifiers(dependencies)
            let plan: Plan
            do throws(Refusal) {
                plan = try RemoveTree.plan(
                    RemoveTree.Request(
                        conditions: conditions, deadline: deadline(after: resolution)),
                    on: resolution, by: principal, ids: &identifiers
                ).once(claim) { _ in .done }
                try Self.require(asDirectory, resolution)
            } catch {
                return .refused(error)
            }
            switch try await outcome(of: plan.changeset) {
            case .committed: return .removed
            case .refused(.treeTooLarge): return .tooLarge(resolution.path)
            case .refused(.deadlinePassed): throw .deadlineExceeded
            case .refused(.broken(.removableTree)):
                return .refused(.permissionDenied(.tree(resolution.path)))
            case .refused(.broken(.keyUnused)): return .refused(.keyUsed(body: claim?.body))
            case .refused(.broken), .refused(.identifierTaken), .refused(.aborted),
                .refused(.locationClaimed):
                continue
            }
        }
        throw .contended
    }

    /// A directory directly below `path`: the next to take apart.
    private func firstDirectory(in path: FilePath, by principal: Principal) async throws(Failure) -> FilePath?
    {
        var after: FileName?
        while true {
            let page = try await list(
                path, following: .never, after: after, limit: Limits.listBatch, by: principal
            ).page
            if let child = page.entries.first(where: { $0.inode.kind == .directory }) {
                return path.appending(child.name)
            }
            guard page.hasMore, let last = page.entries.last else { return nil }
            after = last.name
        }
    }
}
