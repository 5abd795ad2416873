package import Domain
package import Ports
private import Synchronization

/// Leases for the writers of one process.
///
/// Waiters of a resource are served in the order they came. A lease that nobody releases ends by itself: its
/// waiters wake when it does. Without contention a lease costs one entry of a dictionary, and nothing
/// suspends.
package final class InProcessLockService: LockService {
    private let clock: any TimeSource
    private let table: Mutex<LeaseTable>

    /// At most `waitersMax` wait for one resource; one more is refused at once.
    package init(time: any TimeSource, waitersMax: Int = Limits.lockWaitersMax) {
        clock = time
        table = Mutex(LeaseTable(waitersMax: waitersMax))
    }

    package func acquire(
        _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
    ) async throws(LockError) -> Lease {
        if Task.isCancelled { throw .cancelled }
        let now = clock.monotonicNow()
        let wall = clock.wallNow()
        let (answer, settled) = table.withLock { table in
            let settled = table.advance(resource, to: now, wall: wall)
            return (table.request(resource, above: fence, lease: lease, wait: wait, at: now), settled)
        }
        resume(settled)
        switch answer {
        case .granted(let lease): return lease
        case .refused: throw .timedOut
        case .queued(let ticket): return try await turn(of: ticket, for: resource)
        }
    }

    package func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease {
        let now = clock.monotonicNow()
        guard let renewed = table.withLock({ $0.renew(lease, by: duration, at: now) }) else { throw .lost }
        return renewed
    }

    package func release(_ lease: Lease) async {
        let now = clock.monotonicNow()
        resume(table.withLock { $0.release(lease, at: now) })
    }

    /// Waits until the ticket is settled: by a lease, its deadline, or cancellation.
    private func turn(of ticket: LeaseTicket, for resource: LockResource) async throws(LockError) -> Lease {
        let outcome: LeaseOutcome = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.watch(ticket, for: resource) }
                let outcome = await withCheckedContinuation { (continuation: LeaseContinuation) in
                    let early = self.table.withLock { $0.attach(continuation, to: ticket, for: resource) }
                    if let early { continuation.resume(returning: early) }
                }
                group.cancelAll()
                return outcome
            }
        } onCancel: {
            resume(table.withLock { $0.cancel(ticket, for: resource) })
        }
        return try outcome.get()
    }

    /// Wakes up for the ticket's deadline, and whenever the lease that it waits for would end by itself.
    private func watch(_ ticket: LeaseTicket, for resource: LockResource) async {
        while true {
            let now = clock.monotonicNow()
            let wall = clock.wallNow()
            let (next, settled) = table.withLock { table in
                let settled = table.advance(resource, to: now, wall: wall)
                return (table.nextEvent(for: ticket, of: resource), settled)
            }
            resume(settled)
            guard let next else { return }
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    private func resume(_ settled: [SettledTicket]) {
        for ticket in settled { ticket.continuation.resume(returning: ticket.outcome) }
    }
}
