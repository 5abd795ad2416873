package import Domain

extension Node {
    /// Makes a symbolic link and the directories above it that are missing.
    package func makeSymlink(
        _ path: FilePath, to target: SymlinkTarget, modifiedAt: WallTime?, conditions: Conditions,
        by principal: Principal, claim: IdempotencyClaim? = nil
    ) async throws(Failure) -> WrittenFile {
        let committed = try await commit(path, following: .intermediate) {
            resolution, identifiers throws(Refusal) in
            try CreateSymlink.plan(
                CreateSymlink.Request(
                    target: target, modifiedAt: modifiedAt, conditions: conditions,
                    deadline: deadline(after: resolution)),
                on: resolution, by: principal, ids: &identifiers
            ).once(claim) { plan in .entry(201, resolution.path, plan, location: nil, saysWhere: true) }
        }
        guard let inode = committed.plan.inode(at: committed.time) else {
            throw .internalError("a plan that makes a link says nothing of it")
        }
        return WrittenFile(
            state: FileState(path: committed.resolution.path, inode: inode, location: nil), isNew: true)
    }

    /// Gives what is at `existing`, a file or a symbolic link, the name `path` besides, and makes the
    /// directories above it that are missing.
    package func makeLink(
        _ path: FilePath, to existing: FilePath, conditions: Conditions, by principal: Principal,
        claim: IdempotencyClaim? = nil
    ) async throws(Failure) -> WrittenFile {
        let committed = try await commit(
            from: NamedPath(existing, following: .intermediate), to: NamedPath(path, following: .intermediate)
        ) { source, destination, identifiers throws(Refusal) in
            try LinkEntry.plan(
                LinkEntry.Request(conditions: conditions, deadline: deadline(after: source)),
                from: source, to: destination, by: principal, ids: &identifiers
            ).once(claim) { plan in
                .entry(
                    201, destination.path, plan, location: source.content?.locations.first, saysWhere: true,
                    sha256: digests(of: source.content, plan.inodeToBe, by: principal)?.sha256)
            }
        }
        guard let inode = committed.plan.inode(at: committed.time) else {
            throw .internalError("a plan that links an inode says nothing of it")
        }
        let location = committed.source.content?.locations.first
        return WrittenFile(
            state: FileState(path: committed.destination.path, inode: inode, location: location), isNew: true,
            digests: digests(of: committed.source.content, inode, by: principal))
    }
}
