package import Domain
package import Ports

extension Node {
    /// What was answered under a key, and how many answers are kept of its principal.
    package func answer(to key: IdempotencyKey) async throws(Failure) -> AnswerLookup {
        do { return try await dependencies.ledger.answer(to: key) } catch { throw Failure(error) }
    }

    /// Waits for others that use the same key at the same time. A courtesy that spares them work: the commit
    /// decides who was first. Nil where there is nobody to ask and no need to wait.
    package func acquire(_ key: IdempotencyKey) async throws(Failure) -> Lease? {
        try await acquire(.idempotencyKey(key), above: .none)?.lease
    }

    package func release(_ lease: Lease?) async {
        if let lease { await dependencies.locks.release(lease) }
    }

    /// Keeps the answer to a request that changed nothing. Refused when the key was used meanwhile; on every
    /// other failure nothing is kept, and the answer must not be given.
    package func record(_ answer: RecordedAnswer, of claim: IdempotencyClaim) async throws(Failure) {
        var identifiers = FreshIdentifiers(dependencies)
        for _ in 0..<Limits.planAttemptsMax {
            let id = ChangesetID(identifiers.next())
            switch try await outcome(of: .recording(claim, answer, id: id, deadline: nil)) {
            case .committed: return
            case .refused(.broken): throw .refused(.keyUsed(body: claim.body))
            case .refused(.deadlinePassed): throw .deadlineExceeded
            case .refused(.identifierTaken), .refused(.aborted): continue
            case .refused(.locationClaimed), .refused(.treeTooLarge):
                throw .internalError("an answer that is recorded has no location and no tree")
            }
        }
        throw .contended
    }
}

extension RecordedAnswer {
    /// About the entry that a plan makes or changes.
    static func entry(
        _ status: Int, _ path: FilePath, _ plan: Plan, location: ContentLocation?, saysWhere: Bool,
        sha256: [UInt8]? = nil
    ) -> RecordedAnswer {
        guard let inode = plan.inodeToBe else { return .done }
        return .entry(
            RecordedEntry(
                status: status, path: path, inode: inode, location: location, saysWhere: saysWhere,
                sha256: sha256))
    }
}
