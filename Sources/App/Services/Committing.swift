import Domain
import Ports

/// A plan that was carried out.
struct Committed {
    let plan: Plan
    let resolution: Resolution
    let time: WallTime
}

/// What was found at a path, and when the answer with the store's time in it was here.
struct SampledResolution {
    let resolution: Resolution
    let receivedAt: MonotonicInstant
}

extension Node {
    /// Resolves, plans and commits until it happened or was refused for good.
    ///
    /// A broken precondition means that the state moved under the plan: it is made again on fresh state,
    /// which either succeeds or says why not. An ambiguous outcome is decided before anything else is tried,
    /// so a change never happens twice.
    ///
    /// The first attempt may rest on a resolution that is at hand: the commit checks whether it still holds.
    /// Under a lease the store is told to commit only while that holds, so a holder that was paused changes
    /// nothing any more.
    func commit(
        _ path: FilePath, following: LinkFollowing, startingFrom first: SampledResolution? = nil,
        content: ContentDetail = .none, under lease: HeldLease? = nil,
        planning plan: (Resolution, inout FreshIdentifiers) throws(Refusal) -> Plan
    ) async throws(Failure) -> Committed {
        var known = first
        for _ in 0..<Limits.planAttemptsMax {
            let sampled: SampledResolution
            if let atHand = known {
                sampled = atHand
                known = nil
            } else {
                sampled = try await sample(path, content: content, following: following)
            }
            let resolution = sampled.resolution
            var identifiers = FreshIdentifiers(dependencies)
            let planned: Plan
            do { planned = try plan(resolution, &identifiers) } catch { throw .refused(error) }
            var changeset = planned.changeset
            if let lease {
                guard let end = lease.commitDeadline(after: sampled, now: dependencies.time.monotonicNow())
                else { throw .refused(.superseded) }
                changeset.deadline = min(changeset.deadline ?? end, end)
            }
            switch try await outcome(of: changeset) {
            case .committed(let time):
                return Committed(plan: planned, resolution: resolution, time: time)
            case .refused(let refusal):
                if case .broken(let precondition) = refusal,
                    let final = planned.refusal(ifBroken: precondition)
                {
                    throw .refused(final)
                }
                if refusal == .deadlinePassed, let lease,
                    !lease.isHeld(at: dependencies.time.monotonicNow())
                {
                    throw .refused(.superseded)
                }
                try Self.checkWorthAnotherAttempt(refusal)
            }
        }
        throw .contended
    }

    /// Commits one changeset and finds out what became of it, whatever happens on the way. A store that was
    /// unavailable has done nothing and will do nothing, so it is asked again, a few times.
    func outcome(of changeset: Changeset) async throws(Failure) -> CommitOutcome {
        for _ in 0..<Limits.unavailableRetriesMax {
            do throws(Failure) { return try await decidedOutcome(of: changeset) } catch {
                guard error == .metadataUnavailable else { throw error }
                await pauseBeforeRetry()
            }
        }
        return try await decidedOutcome(of: changeset)
    }

    private func pauseBeforeRetry() async {
        // A cancelled task goes on at once, and hears so from the store.
        try? await dependencies.time.sleep(
            until: dependencies.time.monotonicNow() + Limits.unavailableRetryPause)
    }

    private func decidedOutcome(of changeset: Changeset) async throws(Failure) -> CommitOutcome {
        do {
            return try await dependencies.metadata.commit(changeset)
        } catch .ambiguous {
            do { return try await dependencies.metadata.resolveOutcome(of: changeset.id) } catch {
                throw Failure(error)
            }
        } catch {
            throw Failure(error)
        }
    }

    func sample(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(Failure) -> SampledResolution {
        let resolution = try await resolve(path, content: content, following: following)
        return SampledResolution(resolution: resolution, receivedAt: dependencies.time.monotonicNow())
    }

    func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(Failure) -> Resolution {
        do {
            return try await dependencies.metadata.resolve(path, content: content, following: following)
        } catch {
            throw Failure(error)
        }
    }

    /// The store's time until which a changeset planned on `resolution` may be committed.
    func deadline(after resolution: Resolution) -> WallTime {
        resolution.time + min(Limits.commitDeadline, dependencies.settings.metadataTimeout)
    }

    static func checkWorthAnotherAttempt(_ refusal: CommitRefusal) throws(Failure) {
        switch refusal {
        case .broken(.fence): throw .contended
        case .broken, .identifierTaken, .aborted: return
        case .deadlinePassed: throw .deadlineExceeded
        case .locationClaimed: throw .backendUnavailable
        case .treeTooLarge: throw .internalError("a tree was too large for one transaction")
        }
    }
}
