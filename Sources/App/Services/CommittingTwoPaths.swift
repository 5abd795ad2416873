import Domain
import Ports

/// A plan over two paths that was carried out.
struct CommittedPair {
    let plan: Plan
    let source: Resolution
    let destination: Resolution
    let time: WallTime
}

/// A path of a request, and which links of it are followed.
struct NamedPath {
    let path: FilePath
    let following: LinkFollowing

    init(_ path: FilePath, following: LinkFollowing) {
        self.path = path
        self.following = following
    }
}

extension Node {
    /// As `commit(_:planning:)`, for what depends on two paths. Each is resolved in a snapshot of its own.
    ///
    /// A plan guards both chains, so the commit finds out whether they hold at one instant. A refusal has no
    /// commit: it counts only when the source is the same, down to its counters of changes, before and after
    /// the destination was looked up; then both were there together. Else it is planned again.
    func commit(
        from: NamedPath, to: NamedPath,
        planning plan: (Resolution, Resolution, inout FreshIdentifiers) throws(Refusal) -> Plan
    ) async throws(Failure) -> CommittedPair {
        try await commit(
            from: from, to: { _ in to }, reading: { _ in },
            planning: { source, _, destination, identifiers throws(Refusal) in
                try plan(source, destination, &identifiers)
            })
    }

    /// The same, for what depends on more of the source than its path leads to: `read` gets it each time that
    /// the source was looked up, and `to` what it read. Nil says that the source moved meanwhile and is to be
    /// looked up again; what it throws is final.
    func commit<Read>(
        from: NamedPath, to: (Read) -> NamedPath, reading read: (Resolution) async throws(Failure) -> Read?,
        planning plan: (Resolution, Read, Resolution, inout FreshIdentifiers) throws(Refusal) -> Plan
    ) async throws(Failure) -> CommittedPair {
        for _ in 0..<Limits.planAttemptsMax {
            let source = try await resolve(from)
            guard let read = try await read(source) else { continue }
            let destination = try await resolve(to(read))
            var identifiers = FreshIdentifiers(dependencies)
            let planned: Plan
            do { planned = try plan(source, read, destination, &identifiers) } catch {
                guard try await resolve(from).seen(at: source.time) == source else { continue }
                throw .refused(error)
            }
            switch try await outcome(of: planned.changeset) {
            case .committed(let time):
                return CommittedPair(plan: planned, source: source, destination: destination, time: time)
            case .refused(let refusal):
                if case .broken(let precondition) = refusal,
                    let final = planned.refusal(ifBroken: precondition)
                {
                    throw .refused(final)
                }
                try Self.checkWorthAnotherAttempt(refusal)
            }
        }
        throw .contended
    }

    private func resolve(_ named: NamedPath) async throws(Failure) -> Resolution {
        try await resolve(named.path, content: .reference, following: named.following)
    }
}
