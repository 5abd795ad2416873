package import Domain

extension Node {
    /// Makes a directory and those above it that are missing. With `toleratesExisting`, as `mkdir -p`, a
    /// directory that is there already, or that a link leads to, is the answer and stays as it is, if the
    /// conditions hold for it as for a change.
    package func makeDirectory(
        _ path: FilePath, mode: FileMode?, modifiedAt: WallTime?,
        metadata: UserMetadata = UserMetadata(), conditions: Conditions, toleratesExisting: Bool,
        by principal: Principal, claim: IdempotencyClaim? = nil
    ) async throws(Failure) -> WrittenFile {
        for _ in 0..<Limits.planAttemptsMax {
            let made = try await makeOrFindDirectory(
                path, mode: mode, modifiedAt: modifiedAt, metadata: metadata, conditions: conditions,
                toleratesExisting: toleratesExisting, by: principal, claim: claim)
            if let made { return made }
        }
        throw .contended
    }

    /// One attempt; nil when a directory was there that was gone a moment later, so that neither can be the
    /// answer.
    private func makeOrFindDirectory(
        _ path: FilePath, mode: FileMode?, modifiedAt: WallTime?, metadata: UserMetadata,
        conditions: Conditions, toleratesExisting: Bool, by principal: Principal, claim: IdempotencyClaim?
    ) async throws(Failure) -> WrittenFile? {
        do throws(Failure) {
            let committed = try await commit(path, following: .intermediate) {
                resolution, identifiers throws(Refusal) in
                try CreateDirectory.plan(
                    CreateDirectory.Request(
                        mode: mode, modifiedAt: modifiedAt, metadata: metadata, conditions: conditions,
                        createsParents: true,
                        deadline: deadline(after: resolution)),
                    on: resolution, by: principal, ids: &identifiers
                ).once(claim) { plan in .entry(201, resolution.path, plan, location: nil, saysWhere: true) }
            }
            guard let inode = committed.plan.inode(at: committed.time) else {
                throw Failure.internalError("a plan that makes a directory says nothing of it")
            }
            return WrittenFile(
                state: FileState(path: committed.resolution.path, inode: inode, location: nil), isNew: true)
        } catch .refused(.alreadyExists(let conflict)) where toleratesExisting && conflict.kind != .file {
            let found: OpenedFile
            do throws(Failure) {
                found = try await inspect(path, following: .all, conditions: Conditions(), by: principal)
            } catch .refused(.notFound) {
                if conflict.kind == .directory { return nil }
                throw .refused(.alreadyExists(conflict))
            }
            guard found.state.inode.kind == .directory else {
                if conflict.kind == .directory { return nil }
                throw .refused(.alreadyExists(conflict))
            }
            do { try conditions.require(on: found.state.inode) } catch { throw .refused(error) }
            if let claim {
                let answer = RecordedEntry(
                    status: 200, path: found.state.path, inode: found.state.inode, location: nil,
                    saysWhere: false)
                try await record(.entry(answer), of: claim)
            }
            return WrittenFile(state: found.state, isNew: false)
        }
    }
}
