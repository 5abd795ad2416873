/// A node of a deployment, as it announces itself in the metadata store.
package struct Member: Sendable, Hashable {
    package let instance: InstanceID
    /// Where other nodes reach it; nil when it does not say.
    package let endpoint: HTTPOrigin?
    package let state: MemberState
    /// One process, from its start to its end: another one under the same name has another.
    package let incarnation: Identifier
    /// Until when the announcement counts, in the store's time.
    package let announcedUntil: WallTime

    package init(
        instance: InstanceID, endpoint: HTTPOrigin?, state: MemberState, incarnation: Identifier,
        announcedUntil: WallTime
    ) {
        self.instance = instance
        self.endpoint = endpoint
        self.state = state
        self.incarnation = incarnation
        self.announcedUntil = announcedUntil
    }

    /// What others may count on at this time.
    package func standing(at now: WallTime) -> MemberStanding {
        guard now <= announcedUntil else { return .down }
        switch state {
        case .up, .draining: return .serving
        case .restarting: return .restarting
        case .gone: return .down
        }
    }
}

/// What a node says of itself.
package enum MemberState: String, Sendable, CaseIterable {
    case up
    /// It serves what it has and wants no new clients.
    case draining
    /// It ends, and will be back soon.
    case restarting
    /// It has left for good.
    case gone
}

/// What a node is good for at one time.
package enum MemberStanding: Sendable, Equatable {
    case serving
    case restarting
    case down
}

/// What a node says to the others: that it is there, and for how long that counts.
package struct Announcement: Sendable, Equatable {
    package var instance: InstanceID
    package var endpoint: HTTPOrigin?
    package var state: MemberState
    package var incarnation: Identifier
    package var duration: Duration
    /// What was under this name for as long as an announcement counts, by the clock of whoever announces
    /// this: its process is gone, although the store's time, which may stand still after a clock was set
    /// back, does not say so yet.
    package var displaced: Member?

    package init(
        instance: InstanceID, endpoint: HTTPOrigin?, state: MemberState, incarnation: Identifier,
        duration: Duration, displaced: Member? = nil
    ) {
        self.displaced = displaced
        precondition(duration > .zero)
        self.instance = instance
        self.endpoint = endpoint
        self.state = state
        self.incarnation = incarnation
        self.duration = duration
    }

    /// What becomes of it, when `known` is what the store has under this name: a name belongs to one process
    /// until that has said that it ends, or has not been heard of for as long as it had promised.
    package func outcome(knowing known: Member?, at now: WallTime) -> AnnouncementOutcome {
        if let known, known != displaced, known.incarnation != incarnation,
            known.standing(at: now) == .serving
        {
            return .taken(by: known, at: now)
        }
        return .announced(
            Member(
                instance: instance, endpoint: endpoint, state: state, incarnation: incarnation,
                announcedUntil: now + duration), at: now)
    }
}

package enum AnnouncementOutcome: Sendable, Equatable {
    /// It counts from `at` on.
    case announced(Member, at: WallTime)
    /// The name belongs to another process, which is alive as far as anybody knows. Nothing was changed.
    case taken(by: Member, at: WallTime)

    package var time: WallTime {
        switch self {
        case .announced(_, let time), .taken(_, let time): time
        }
    }
}
