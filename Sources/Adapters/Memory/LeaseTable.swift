import Domain
import Ports

/// A place in the line for a resource.
struct LeaseTicket: Hashable {
    let number: UInt64
}

typealias LeaseOutcome = Result<Lease, LockError>
typealias LeaseContinuation = CheckedContinuation<LeaseOutcome, Never>

/// A waiter to be resumed, by whoever holds no lock.
struct SettledTicket {
    let continuation: LeaseContinuation
    let outcome: LeaseOutcome
}

/// Who holds what and who waits for it, as a state machine: time comes in, the waiters to be resumed go out.
struct LeaseTable {
    enum Answer {
        case granted(Lease)
        case refused
        case queued(LeaseTicket)
    }

    private struct Waiter {
        let ticket: LeaseTicket
        let lease: Duration
        let deadline: MonotonicInstant
        var continuation: LeaseContinuation?
    }

    /// A resource with a holder, in line order the waiters. There is no line without a holder.
    private struct Line {
        var holder: Lease
        var waiters: [Waiter] = []
    }

    /// Below this many lines nobody looks for leases that ended unnoticed.
    private static let purgeFloor = 1_024

    private let waitersMax: Int
    private var lines: [LockResource: Line] = [:]
    /// Outcomes of tickets that were settled before their waiter had attached itself.
    private var early: [LeaseTicket: LeaseOutcome] = [:]
    private var lastTicket: UInt64 = 0
    private var lastToken: UInt64 = 0
    private var wallMicroseconds: UInt64 = 0
    private var purgeAt = Self.purgeFloor

    init(waitersMax: Int) { self.waitersMax = waitersMax }

    /// Ends what is over at `now` on this resource: deadlines of waiters, and the lease, which goes to the
    /// first in line.
    mutating func advance(
        _ resource: LockResource, to now: MonotonicInstant, wall: WallTime
    ) -> [SettledTicket] {
        wallMicroseconds = max(wallMicroseconds, UInt64(max(0, wall.nanoseconds / 1_000)))
        guard let line = lines[resource] else { return [] }
        if line.waiters.isEmpty && line.holder.endsAt > now { return [] }
        var settled: [SettledTicket] = []
        // Whoever gave up before the lease ended does not get it, however late both are noticed.
        timeOut(resource, at: min(now, line.holder.endsAt), &settled)
        if line.holder.endsAt <= now { passOn(resource, at: now, &settled) }
        timeOut(resource, at: now, &settled)
        return settled
    }

    /// Asks for the resource; call `advance` first. Whoever comes while others wait goes behind them.
    mutating func request(
        _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration,
        at now: MonotonicInstant
    ) -> Answer {
        lastToken = max(lastToken, fence.value)
        guard let line = lines[resource] else {
            let granted = Lease(resource: resource, token: nextToken(), endsAt: now + lease)
            lines[resource] = Line(holder: granted)
            purge(at: now)
            return .granted(granted)
        }
        guard wait > .zero, line.waiters.count < waitersMax else { return .refused }
        lastTicket += 1
        let ticket = LeaseTicket(number: lastTicket)
        lines[resource]?.waiters.append(Waiter(ticket: ticket, lease: lease, deadline: now + wait))
        return .queued(ticket)
    }

    mutating func renew(_ lease: Lease, by duration: Duration, at now: MonotonicInstant) -> Lease? {
        guard let held = lines[lease.resource]?.holder, held.token == lease.token, held.endsAt > now
        else { return nil }
        let renewed = Lease(resource: lease.resource, token: lease.token, endsAt: now + duration)
        lines[lease.resource]?.holder = renewed
        return renewed
    }

    mutating func release(_ lease: Lease, at now: MonotonicInstant) -> [SettledTicket] {
        guard lines[lease.resource]?.holder.token == lease.token else { return [] }
        var settled: [SettledTicket] = []
        timeOut(lease.resource, at: now, &settled)
        passOn(lease.resource, at: now, &settled)
        return settled
    }

    /// Gives a ticket the continuation to resume, or says how it ended already.
    mutating func attach(
        _ continuation: LeaseContinuation, to ticket: LeaseTicket, for resource: LockResource
    ) -> LeaseOutcome? {
        if let outcome = early.removeValue(forKey: ticket) { return outcome }
        guard let index = lines[resource]?.waiters.firstIndex(where: { $0.ticket == ticket })
        else { preconditionFailure("a ticket that is neither settled nor waiting") }
        lines[resource]?.waiters[index].continuation = continuation
        return nil
    }

    mutating func cancel(_ ticket: LeaseTicket, for resource: LockResource) -> [SettledTicket] {
        guard let index = lines[resource]?.waiters.firstIndex(where: { $0.ticket == ticket }),
            let waiter = lines[resource]?.waiters.remove(at: index)
        else { return [] }
        var settled: [SettledTicket] = []
        settle(waiter, .failure(.cancelled), &settled)
        return settled
    }

    /// When something could happen to the ticket by time alone; nil when it was settled.
    func nextEvent(for ticket: LeaseTicket, of resource: LockResource) -> MonotonicInstant? {
        guard let line = lines[resource], let waiter = line.waiters.first(where: { $0.ticket == ticket })
        else { return nil }
        return min(waiter.deadline, line.holder.endsAt)
    }

    // MARK: Private

    /// The holder is gone: the first waiter holds, or nobody does.
    private mutating func passOn(
        _ resource: LockResource, at now: MonotonicInstant, _ settled: inout [SettledTicket]
    ) {
        guard var line = lines[resource], !line.waiters.isEmpty else {
            lines[resource] = nil
            return
        }
        let next = line.waiters.removeFirst()
        line.holder = Lease(resource: resource, token: nextToken(), endsAt: now + next.lease)
        lines[resource] = line
        settle(next, .success(line.holder), &settled)
    }

    /// Dismisses the waiters whose deadlines have come.
    private mutating func timeOut(
        _ resource: LockResource, at now: MonotonicInstant, _ settled: inout [SettledTicket]
    ) {
        guard let line = lines[resource], line.waiters.contains(where: { $0.deadline <= now }) else { return }
        for waiter in line.waiters where waiter.deadline <= now {
            settle(waiter, .failure(.timedOut), &settled)
        }
        lines[resource]?.waiters.removeAll { $0.deadline <= now }
    }

    private mutating func settle(_ waiter: Waiter, _ outcome: LeaseOutcome, _ settled: inout [SettledTicket])
    {
        if let continuation = waiter.continuation {
            settled.append(SettledTicket(continuation: continuation, outcome: outcome))
        } else {
            early[waiter.ticket] = outcome
        }
    }

    /// Higher than every token before and every fence that a caller has seen.
    private mutating func nextToken() -> FencingToken {
        lastToken = max(lastToken + 1, wallMicroseconds)
        return FencingToken(lastToken)
    }

    /// Drops leases that ended and were never released; every line is looked at a bounded number of times.
    private mutating func purge(at now: MonotonicInstant) {
        guard lines.count > purgeAt else { return }
        lines = lines.filter { $0.value.holder.endsAt > now || !$0.value.waiters.isEmpty }
        purgeAt = max(Self.purgeFloor, 2 * lines.count)
    }
}
