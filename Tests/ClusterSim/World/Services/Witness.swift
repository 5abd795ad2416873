import Domain
import Ports
import SimCore

/// Stands beside the services and sees what no answer to a client shows: that a writer puts something over
/// what a later one has written, that a commit comes after the lease that it was planned under, and that a
/// process takes the name of another one that is alive.
///
/// What a clock of the metadata service that was set excuses is not held against anybody.
final class Witness {
    private struct Held: Hashable {
        let token: FencingToken
        let resource: LockResource
    }

    private struct Name {
        let incarnation: Identifier
        let state: MemberState
        let until: MonotonicInstant
    }

    private let scheduler: Scheduler
    private let clock: VirtualClock
    private let complain: (String) -> Void
    private var seen: Set<ChangesetID> = []
    private var fences: [InodeID: FencingToken] = [:]
    private var leases: [Held: MonotonicInstant] = [:]
    private var names: [InstanceID: Name] = [:]

    init(_ scheduler: Scheduler, clock: VirtualClock, complain: @escaping (String) -> Void) {
        self.scheduler = scheduler
        self.clock = clock
        self.complain = complain
    }

    // MARK: Leases

    /// A lease was given or renewed, and holds until `duration` from now.
    func grants(_ lease: Lease, for duration: Duration) {
        // Clocks of machines differ in speed, by less than that.
        let margin = duration / 500 + .milliseconds(1)
        leases[Held(token: lease.token, resource: lease.resource)] = scheduler.now + duration + margin
    }

    /// Something is committed now.
    func commits(_ changeset: Changeset) {
        // What comes again was done before.
        guard seen.insert(changeset.id).inserted else { return }
        for mutation in changeset.mutations {
            switch mutation {
            case .raiseFence(let inode, let token):
                if let last = fences[inode], token < last {
                    complain(
                        "P4: a writer with the token \(token.value) puts something over what one with the"
                            + " token \(last.value) has written")
                }
                fences[inode] = token
                ask(for: Held(token: token, resource: .inode(inode)))
            case .createInode(let new) where new.fence != .none:
                fences[new.id] = new.fence
                for case .noEntry(let parent, let name) in changeset.preconditions {
                    ask(for: Held(token: new.fence, resource: .name(parent: parent, name)))
                }
            default: break
            }
        }
    }

    private func ask(for lease: Held) {
        guard let end = leases[lease], scheduler.now > end, !clock.wasSet else { return }
        complain("P4: a commit comes \(scheduler.now - end) after the end of the lease that it is under")
    }

    // MARK: Names

    /// A process has announced itself.
    func announces(_ announcement: Announcement) {
        let known = names[announcement.instance]
        if let known, known.incarnation != announcement.incarnation, scheduler.now < known.until,
            [.up, .draining].contains(known.state), !clock.wasSet
        {
            complain("a process takes the name \(announcement.instance.text) of one that is alive")
        }
        names[announcement.instance] = Name(
            incarnation: announcement.incarnation, state: announcement.state,
            until: scheduler.now + announcement.duration * 9 / 10)
    }
}
