package import Domain
package import Ports
private import Synchronization

/// This node's place among the nodes of its deployment: announces it in the metadata store, again and again,
/// and knows what the others announced.
///
/// What it knows may be as old as a heartbeat. Nothing rests on it but where bytes are looked for and put: a
/// commit decides everything else.
package final class ClusterMembership: Sendable {
    private struct State {
        var wanted = MemberState.up
        var standing = OwnStanding.outside
        var known: [InstanceID: Member] = [:]
        var stores: [RegisteredStore] = []
        /// The store's time, and when this node learnt it.
        var sample = (time: WallTime(nanoseconds: .min), at: MonotonicInstant(nanoseconds: 0))
        /// The latest time that was given.
        var latest = WallTime(nanoseconds: .min)
        /// How many times the list was asked for, and the number of the latest that was answered.
        var readsBegun = 0
        var readsAnswered = 0
        var isReading = false
    }

    /// What the deployment says of this node.
    package enum OwnStanding: Sendable, Equatable {
        /// Not joined yet.
        case outside
        case joined(at: WallTime)
        /// Another process goes by its name: it must not serve any more.
        case expelled
    }

    package let instance: InstanceID
    private let endpoint: HTTPOrigin?
    private let incarnation: Identifier
    private let registry: any MemberRegistry & StoreRegistry
    private let contents: ContentStores
    private let time: any TimeSource
    private let log: any EventLog
    private let lease: Duration
    /// Where configuration says that nodes are, whatever they announce.
    private let endpoints: [InstanceID: HTTPOrigin]
    private let state = Mutex(State())

    package init(
        instance: InstanceID, endpoint: HTTPOrigin?, incarnation: Identifier,
        registry: any MemberRegistry & StoreRegistry, contents: ContentStores, time: any TimeSource,
        log: any EventLog,
        endpoints: [InstanceID: HTTPOrigin] = [:], lease: Duration = Limits.memberLease
    ) {
        self.instance = instance
        self.endpoint = endpoint
        self.incarnation = incarnation
        self.registry = registry
        self.contents = contents
        self.time = time
        self.log = log
        self.endpoints = endpoints
        self.lease = lease
    }

    // MARK: What is known

    /// The cluster as this node sees it now.
    package var view: ClusterView {
        let now = storeTime()
        return state.withLock { state in
            let live = state.known.values.filter { $0.standing(at: now) != .down }.map(\.instance)
            return ClusterView(instance: instance, live: Set(live), stores: state.stores)
        }
    }

    package var ownStanding: OwnStanding { state.withLock { $0.standing } }
    /// What this node says of itself.
    package var ownState: MemberState { state.withLock { $0.wanted } }

    /// The metadata store's time, from the latest answer on: it does not jump with this node's time of day.
    /// Behind by at most what that answer travelled; never goes back.
    package func storeTime() -> WallTime {
        let now = time.monotonicNow()
        return state.withLock { state in
            state.latest = max(state.latest, state.sample.time + (now - state.sample.at))
            return state.latest
        }
    }

    /// What a peer is good for now, and where and as which process it is.
    func standing(of peer: InstanceID) -> PeerStanding {
        let now = storeTime()
        guard let member = state.withLock({ $0.known[peer] }) else { return .down }
        switch member.standing(at: now) {
        case .down: return .down
        case .restarting: return .restarting
        case .serving:
            guard let origin = endpoints[peer] ?? member.endpoint else { return .down }
            return .serving(origin, member.incarnation)
        }
    }

    // MARK: Joining

    /// Announces this node for the first time. A process that died under its name is waited for until its
    /// announcement is over, or has stood there unchanged for as long as one counts; one that turns out to be
    /// alive is a refusal.
    package func join() async throws(JoinRefusal) {
        var seen: (member: Member, until: MonotonicInstant)?
        while true {
            let gone = seen.flatMap { $0.until <= time.monotonicNow() ? $0.member : nil }
            let outcome: AnnouncementOutcome
            do { outcome = try await announceOnce(.up, displacing: gone) } catch {
                throw JoinRefusal(error)
            }
            guard case .taken(let other, let storeTime) = outcome else { break }
            if let seen, seen.member != other { throw .nameTaken(instance) }
            let now = time.monotonicNow()
            let end = seen?.until ?? now + lease
            seen = (other, end)
            let rest = Duration.nanoseconds(other.announcedUntil.nanoseconds - storeTime.nanoseconds)
            do {
                // Not more often than now and then, should the store's time stand still.
                let pause = max(rest, Limits.memberPollInterval)
                try await time.sleep(until: min(end, now + pause) + .milliseconds(1))
            } catch {
                throw .cancelled
            }
        }
        do { try await learn() } catch { throw JoinRefusal(error) }
    }

    /// Says that this node is in another state from now on.
    package func become(_ wanted: MemberState) async throws(Failure) {
        state.withLock { $0.wanted = wanted }
        do { try await announce() } catch { throw Failure(error) }
    }

    /// Repeats the announcement, and reads what the others say, until the task is cancelled or another
    /// process has this node's name.
    package func run() async {
        while !Task.isCancelled, ownStanding != .expelled {
            var rest = lease / 3
            do throws(MetadataError) {
                try await announce()
                try await learn()
            } catch {
                // Others take this node for down when its announcement is over; until then it is tried often.
                rest = lease / 12
                if error != .cancelled {
                    log.log(.warn, "could not announce this node", [LogField("error", "\(error)")])
                }
            }
            do { try await time.sleep(until: time.monotonicNow() + rest) } catch { return }
        }
    }

    /// Reads what the others say, at this time or later. Of many who ask at once one does it for all. Without
    /// an answer, what was known before stays.
    package func lookAround() async {
        let awaited = state.withLock { $0.readsBegun + 1 }
        while !Task.isCancelled {
            let (isDone, isMine) = state.withLock { state in
                if state.readsAnswered >= awaited { return (true, false) }
                guard !state.isReading else { return (false, false) }
                state.isReading = true
                state.readsBegun += 1
                return (false, true)
            }
            if isDone { return }
            if isMine {
                var wasCancelled = false
                do throws(MetadataError) { try await learn() } catch { wasCancelled = error == .cancelled }
                return state.withLock { state in
                    state.isReading = false
                    // Those who wait do it themselves then.
                    if !wasCancelled { state.readsAnswered = state.readsBegun }
                }
            }
            let next = time.monotonicNow() + Limits.memberPollInterval / 10
            do { try await time.sleep(until: next) } catch { return }
        }
    }

    // MARK: -

    /// Announces until the store has been told what is wanted now: an older announcement that was under way
    /// may have come after a newer one.
    private func announce() async throws(MetadataError) {
        while true {
            let wanted = ownState
            guard case .announced = try await announceOnce(wanted) else { return }
            if ownState == wanted { return }
        }
    }

    private func announceOnce(
        _ wanted: MemberState, displacing gone: Member? = nil
    ) async throws(MetadataError) -> AnnouncementOutcome {
        let outcome = try await registry.announce(
            Announcement(
                instance: instance, endpoint: endpoint, state: wanted, incarnation: incarnation,
                duration: wanted == .restarting ? max(lease, Limits.restartDurationMax) : lease,
                displaced: gone))
        note(outcome.time)
        let isExpelled = state.withLock { state in
            switch (outcome, state.standing) {
            case (.announced(let member, let now), .outside):
                state.standing = .joined(at: now)
                state.known[instance] = member
            case (.announced(let member, _), _):
                state.known[instance] = member
            case (.taken, .joined):
                state.standing = .expelled
                return true
            case (.taken, _): break
            }
            return false
        }
        if isExpelled {
            log.log(
                .error, "another process goes by the name of this node, which must end",
                [LogField("instance", instance.text)])
        }
        return outcome
    }

    private func learn() async throws(MetadataError) {
        let list = try await registry.members()
        note(list.time)
        let stores = try await registry.stores()
        contents.learn(stores)
        state.withLock { state in
            state.known = Dictionary(
                list.members.map { ($0.instance, $0) }, uniquingKeysWith: { first, _ in first })
            state.stores = stores
        }
    }

    private func note(_ storeTime: WallTime) {
        let now = time.monotonicNow()
        state.withLock { $0.sample = (storeTime, now) }
    }
}

/// What a peer is good for, as this node knows it.
enum PeerStanding: Sendable, Equatable {
    case serving(HTTPOrigin, Identifier)
    case restarting
    case down
}

/// Why a node is not part of its deployment.
package enum JoinRefusal: Error, Sendable, Equatable {
    /// Another node that is alive goes by the same name.
    case nameTaken(InstanceID)
    /// The metadata store does not answer; another attempt may succeed.
    case metadataUnavailable
    case cancelled

    init(_ error: MetadataError) { self = error == .cancelled ? .cancelled : .metadataUnavailable }
}
