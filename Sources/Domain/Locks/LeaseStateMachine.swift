/// One holder's view of one lease: whether it may still count on it, when to renew it, and until when what it
/// planned may be committed. It errs to one side only: a lease that it takes for held is held, as far as
/// clocks run at the same rate.
package struct LeaseStateMachine: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Asked for, no answer yet.
        case acquiring
        /// Confirmed until `endsAt`.
        case held(FencingToken, endsAt: MonotonicInstant)
        /// It was held and is not any more, or nobody knows.
        case lost(FencingToken)
        /// Given back, or given up before it came.
        case released
    }

    package enum Action: Sendable, Equatable {
        case none
        /// Renew at this instant.
        case renew(at: MonotonicInstant)
        /// Stop relying on it: nothing may be planned under it any more.
        case stop
        /// Give it back to the service.
        case release(FencingToken)
    }

    package private(set) var state = State.acquiring
    /// What is asked for with each renewal.
    package let duration: Duration

    package init(duration: Duration) {
        precondition(duration > .zero)
        self.duration = duration
    }

    /// The service granted the lease on a request that was sent at `sentAt`. It ends one duration after that,
    /// not after the answer: how long the answer took nobody knows.
    package mutating func granted(_ token: FencingToken, sentAt: MonotonicInstant) -> Action {
        switch state {
        case .acquiring: return hold(token, from: sentAt)
        case .released: return .release(token)
        case .held, .lost: preconditionFailure("a lease is granted once")
        }
    }

    /// The service confirmed a renewal that was sent at `sentAt`. One that comes after the end counts for
    /// nothing: somebody else may have held it in between.
    package mutating func renewed(sentAt: MonotonicInstant, now: MonotonicInstant) -> Action {
        switch state {
        case .held(let token, let endsAt):
            guard now < endsAt else { return lose(token) }
            return hold(token, from: sentAt)
        case .lost, .released: return .none
        case .acquiring: preconditionFailure("a lease is renewed only after it was granted")
        }
    }

    /// The service says that somebody else has it, or that it is over.
    package mutating func denied() -> Action {
        switch state {
        case .held(let token, _): return lose(token)
        case .acquiring:
            state = .released
            return .stop
        case .lost, .released: return .none
        }
    }

    /// No answer to a renewal. The lease holds until it ends; it is tried again after half of what is left.
    package mutating func renewalUnanswered(now: MonotonicInstant) -> Action {
        switch state {
        case .held(let token, let endsAt):
            guard now < endsAt else { return lose(token) }
            return .renew(at: now + (endsAt - now) / 2)
        case .acquiring, .lost, .released: return .none
        }
    }

    /// Time went by.
    package mutating func reached(_ now: MonotonicInstant) -> Action {
        switch state {
        case .held(let token, let endsAt):
            return now < endsAt ? .none : lose(token)
        case .acquiring, .lost, .released: return .none
        }
    }

    /// The holder is done. A lease that is lost is left alone: it may be somebody else's.
    package mutating func finished() -> Action {
        let previous = state
        state = .released
        switch previous {
        case .held(let token, _): return .release(token)
        case .acquiring, .lost, .released: return .none
        }
    }

    /// Until when, in the store's time, a changeset planned under this lease may be committed, given that the
    /// store's time was `time` in an answer received at `receivedAt`. The answer was under way for a while,
    /// so the store is further by then than the sample says, and the deadline errs to the early side. Nil
    /// when the lease does not hold.
    package func commitDeadline(storeTime time: WallTime, receivedAt: MonotonicInstant) -> WallTime? {
        switch state {
        case .held(_, let endsAt): time + (endsAt - receivedAt)
        case .acquiring, .lost, .released: nil
        }
    }

    private mutating func hold(_ token: FencingToken, from sentAt: MonotonicInstant) -> Action {
        state = .held(token, endsAt: sentAt + duration)
        // A third of the way leaves time for two more attempts.
        return .renew(at: sentAt + duration / 3)
    }

    private mutating func lose(_ token: FencingToken) -> Action {
        state = .lost(token)
        return .stop
    }
}
