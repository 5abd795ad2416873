package import Domain
import Memory
package import Ports

/// The lock service that all nodes share: keeps leases in memory by its own clock, and forgets them all when
/// it fails over, tokens too.
package final class LeaseKeeper: @unchecked Sendable {
    private let time: any TimeSource
    private let waitersMax: Int
    fileprivate private(set) var leases: InProcessLockService
    fileprivate var clock: any TimeSource { time }
    /// Hears of every lease that is given or renewed, and for how long.
    var whenGranted: (Lease, Duration) -> Void = { _, _ in }

    package init(time: any TimeSource, waitersMax: Int = Limits.lockWaitersMax) {
        self.time = time
        self.waitersMax = waitersMax
        leases = InProcessLockService(time: time, waitersMax: waitersMax)
    }

    /// The standby takes over, and what had not reached it is gone: everything, at worst.
    package func forget() { leases = InProcessLockService(time: time, waitersMax: waitersMax) }
}

/// The lock service as a node reaches it. The end of a lease is told by the node's clock: not later than the
/// service's own, because it is counted from before the request was sent, and from however long the service
/// says that it made the caller wait.
package final class SimulatedLocks: LockService {
    private let keeper: LeaseKeeper
    private let link: any ServiceLink
    private let time: any TimeSource
    private let patience: Duration
    /// By how many parts of a thousand the clocks of two machines may differ in speed.
    private let driftPerMille: Int

    package init(
        _ keeper: LeaseKeeper, over link: any ServiceLink, time: any TimeSource,
        patience: Duration = .seconds(1),
        driftPerMille: Int = 1
    ) {
        self.keeper = keeper
        self.link = link
        self.time = time
        self.patience = patience
        self.driftPerMille = driftPerMille
    }

    private struct Grant: Sendable {
        let lease: Lease
        let waited: Duration
    }

    package func acquire(
        _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
    ) async throws(LockError) -> Lease {
        if Task.isCancelled { throw .cancelled }
        let asked = time.monotonicNow()
        let keeper = keeper
        let reply = await link.call(
            patience: patience + wait,
            tooLate: { (answer: Result<Grant, LockError>) in
                if case .success(let grant) = answer { await keeper.leases.release(grant.lease) }
            },
            { () async -> Result<Grant, LockError> in
                let began = keeper.clock.monotonicNow()
                do throws(LockError) {
                    let granted = try await keeper.leases.acquire(
                        resource, above: fence, lease: lease, wait: wait)
                    if Task.isCancelled {
                        // Granted to a caller who has left meanwhile.
                        await keeper.leases.release(granted)
                        return .failure(.cancelled)
                    }
                    keeper.whenGranted(granted, lease)
                    return .success(Grant(lease: granted, waited: keeper.clock.monotonicNow() - began))
                } catch {
                    return .failure(error)
                }
            })
        let grant = try Self.answer(reply).get()
        let waited = grant.waited - grant.waited * driftPerMille / 1_000
        return Lease(resource: resource, token: grant.lease.token, endsAt: asked + waited + lease)
    }

    package func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease {
        let asked = time.monotonicNow()
        let keeper = keeper
        let reply = await link.call(patience: patience) { () async -> Result<Lease, LockError> in
            do throws(LockError) {
                let renewed = try await keeper.leases.renew(lease, by: duration)
                keeper.whenGranted(renewed, duration)
                return .success(renewed)
            } catch {
                return .failure(error)
            }
        }
        let renewed = try Self.answer(reply).get()
        return Lease(resource: lease.resource, token: renewed.token, endsAt: asked + duration)
    }

    package func release(_ lease: Lease) async {
        let keeper = keeper
        _ = await link.call(patience: patience) { await keeper.leases.release(lease) }
    }

    private static func answer<Answer: Sendable>(
        _ reply: ServiceReply<Result<Answer, LockError>>
    ) throws(LockError) -> Result<Answer, LockError> {
        switch reply {
        case .answer(let answer): return answer
        case .unreachable, .lost: throw .unavailable
        case .cancelled: throw .cancelled
        }
    }
}
