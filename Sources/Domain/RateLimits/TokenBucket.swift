/// How often something may happen: one token comes back every `interval`, and at most `burst` are kept.
package struct RateLimit: Hashable, Sendable {
    package let interval: Duration
    package let burst: Int

    package static let intervalMin: Duration = .nanoseconds(1_000)
    package static let intervalMax: Duration = .seconds(24 * 60 * 60)

    package init(interval: Duration, burst: Int) {
        precondition((Self.intervalMin...Self.intervalMax).contains(interval))
        precondition((1...Limits.rateBurstMax).contains(burst))
        self.interval = interval
        self.burst = burst
    }

    /// The time in which an empty bucket fills up.
    var filling: Duration { .nanoseconds(interval.wholeNanoseconds * Int64(burst)) }

    /// The window that the limit is told in: whole seconds, as few as an empty bucket takes to fill.
    package var windowSeconds: Int64 { filling.wholeSecondsUp }

    /// How many tokens come back in a window. At most the long-term rate, which is what a client that plans
    /// ahead must know; the burst is no more than that, but for a bucket that fills in less than a second.
    package var quotaOfWindow: Int64 {
        Duration.seconds(windowSeconds).wholeNanoseconds / interval.wholeNanoseconds
    }
}

/// A bucket of tokens, as the one instant at which it will be full again if nobody takes any more. Before
/// that instant each `interval` is a token that is missing; so the state is one number, time adds tokens by
/// itself, and a bucket that is full is the same as none (the virtual scheduling form of ITU-T I.371, GCRA).
package struct TokenBucket: Hashable, Sendable {
    package private(set) var fullAt: MonotonicInstant

    /// A full one.
    package init(at now: MonotonicInstant) { fullAt = now }

    /// What a bucket says to one who wants a token.
    package struct Reading: Equatable, Sendable {
        package let isGranted: Bool
        /// Whole tokens that are left.
        package let available: Int64
        /// Until there is one more than that; at least a moment.
        package let untilNext: Duration
    }

    package func isFull(at now: MonotonicInstant) -> Bool { fullAt <= now }

    /// Whether there is a token, and how it stands if it is not taken.
    package func read(_ limit: RateLimit, at now: MonotonicInstant) -> Reading {
        let missing = missing(limit, at: now)
        let left = limit.filling.wholeNanoseconds - missing
        let interval = limit.interval.wholeNanoseconds
        let available = left / interval
        return Reading(
            isGranted: available > 0, available: available,
            untilNext: .nanoseconds(interval - left % interval))
    }

    /// Takes a token, when there is one.
    package mutating func take(_ limit: RateLimit, at now: MonotonicInstant) -> Reading {
        guard read(limit, at: now).isGranted else { return read(limit, at: now) }
        fullAt = now + .nanoseconds(missing(limit, at: now)) + limit.interval
        let after = read(limit, at: now)
        return Reading(isGranted: true, available: after.available, untilNext: after.untilNext)
    }

    /// The time that the missing tokens take to come back; never more than all of them do, also when the
    /// limit has become narrower since.
    private func missing(_ limit: RateLimit, at now: MonotonicInstant) -> Int64 {
        min(max(0, (fullAt - now).wholeNanoseconds), limit.filling.wholeNanoseconds)
    }
}

extension Duration {
    /// In whole seconds, rounded up; at least one.
    package var wholeSecondsUp: Int64 { max(1, (wholeNanoseconds - 1) / 1_000_000_000 + 1) }
}
