import Domain
import Ports
private import Synchronization

/// A lease as its holder sees it while it works: how long it may still count on it, and what keeps it up.
final class HeldLease: Sendable {
    let token: FencingToken
    private let duration: Duration
    private let current: Mutex<(lease: Lease, machine: LeaseStateMachine)>

    /// `duration` is what was asked for.
    init(_ lease: Lease, duration: Duration) {
        token = lease.token
        self.duration = duration
        var machine = LeaseStateMachine(duration: duration)
        _ = machine.granted(lease.token, sentAt: lease.endsAt + (.zero - duration))
        current = Mutex((lease, machine))
    }

    /// To be released.
    var lease: Lease { current.withLock { $0.lease } }

    func isHeld(at now: MonotonicInstant) -> Bool {
        current.withLock { current in
            _ = current.machine.reached(now)
            guard case .held = current.machine.state else { return false }
            return true
        }
    }

    /// Until when, in the store's time, what was planned on this may be committed: as long as the lease held
    /// when its last renewal was confirmed. Nil when it does not hold any more.
    func commitDeadline(after sample: SampledResolution, now: MonotonicInstant) -> WallTime? {
        current.withLock { current in
            _ = current.machine.reached(now)
            return current.machine.commitDeadline(
                storeTime: sample.resolution.time, receivedAt: sample.receivedAt)
        }
    }

    /// Renews the lease until it is lost or the task is cancelled.
    func keepUp(_ locks: any LockService, _ time: any TimeSource) async {
        var next = renewal(of: lease)
        while true {
            do { try await time.sleep(until: next) } catch { return }
            let action: LeaseStateMachine.Action
            do throws(LockError) {
                let renewed = try await locks.renew(lease, by: duration)
                let now = time.monotonicNow()
                action = current.withLock { current in
                    current.lease = renewed
                    return current.machine.renewed(
                        sentAt: renewed.endsAt + (.zero - duration), now: now)
                }
            } catch {
                let now = time.monotonicNow()
                switch error {
                case .lost: action = current.withLock { $0.machine.denied() }
                case .timedOut, .unavailable:
                    action = current.withLock { $0.machine.renewalUnanswered(now: now) }
                case .cancelled: return
                }
            }
            guard case .renew(let at) = action else { return }
            next = at
        }
    }

    /// A third of the way, as the machine says of every later one.
    private func renewal(of lease: Lease) -> MonotonicInstant {
        lease.endsAt + (duration / 3 - duration)
    }
}

extension Node {
    /// Waits for the right to write. Nil where the lock service cannot be reached and that is no reason to
    /// wait.
    func acquire(
        _ resource: LockResource, above fence: FencingToken
    ) async throws(Failure) -> HeldLease? {
        let settings = dependencies.settings
        for _ in 0..<Limits.planAttemptsMax {
            let lease: Lease
            do {
                lease = try await dependencies.locks.acquire(
                    resource, above: fence, lease: settings.lease, wait: settings.lockWait)
            } catch .unavailable where settings.onLocksUnavailable == .proceed {
                return nil
            } catch {
                throw Failure(error)
            }
            // A service that has forgotten what it gave may give it again: the file remembers.
            if lease.token > fence { return HeldLease(lease, duration: settings.lease) }
            await dependencies.locks.release(lease)
        }
        throw .contended
    }

    /// Does something under a lease, which is renewed meanwhile, and gives it back. A node that stands alone
    /// need not renew: the store that its commits wait for answers or ends in less than a lease.
    func withLease<Answer>(
        _ held: HeldLease?, _ work: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        guard let held else { return try await work() }
        let result: Result<Answer, Failure>
        if dependencies.cluster == nil {
            do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
        } else {
            async let _: Void = held.keepUp(dependencies.locks, dependencies.time)
            do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
        }
        await dependencies.locks.release(held.lease)
        return try result.get()
    }
}

extension Resolution {
    /// What a commit without a lease puts the fence to: above what the file remembers, and above the tokens
    /// that were given before, which count microseconds as this does.
    var fenceWithoutLease: FencingToken {
        let microseconds = UInt64(clamping: time.nanoseconds / 1_000)
        return FencingToken(max((target?.fence.value ?? 0) + 1, microseconds))
    }
}
