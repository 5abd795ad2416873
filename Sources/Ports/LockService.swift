package import Domain

/// Leases on names and inodes, so that writers wait for each other instead of planning in vain. Only a
/// courtesy: commits check everything they rest on, and a fence besides, so a lease that is late, lost or
/// forgotten loses nothing.
package protocol LockService: Sendable {
    /// Waits up to `wait` for the lease. Fair between waiters of one process. Tokens of later leases on a
    /// resource are higher, and higher than `fence`: what the caller has seen the resource remember, which
    /// matters after the service forgot its own or a clock went back.
    func acquire(
        _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
    ) async throws(LockError) -> Lease

    /// Prolongs a lease that still holds; throws `lost` when it does not.
    func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease

    /// Ends a lease; one that is over already is left alone.
    func release(_ lease: Lease) async
}

/// What can be locked: an inode, or a name where there is none yet.
package enum LockResource: Hashable, Sendable {
    case inode(InodeID)
    case name(parent: InodeID, FileName)
    /// What is done under a key.
    case idempotencyKey(IdempotencyKey)
}

/// The right to write a resource until `endsAt`, by this process's monotonic clock.
package struct Lease: Sendable, Equatable {
    package let resource: LockResource
    package let token: FencingToken
    package let endsAt: MonotonicInstant

    package init(resource: LockResource, token: FencingToken, endsAt: MonotonicInstant) {
        self.resource = resource
        self.token = token
        self.endsAt = endsAt
    }
}

package enum LockError: Error, Equatable, Sendable {
    /// Somebody else held it for as long as the caller would wait, or too many wait already.
    case timedOut
    /// The lease ended before.
    case lost
    /// The service cannot be reached.
    case unavailable
    case cancelled
}
