import Domain

/// Allows so many events at once and so many a second in the long run. A pure machine.
struct TokenBucket {
    private let capacity: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: MonotonicInstant

    init(capacity: Int, perSecond: Int, at now: MonotonicInstant) {
        self.capacity = Double(capacity)
        self.perSecond = Double(perSecond)
        tokens = self.capacity
        filledAt = now
    }

    /// Counts one event; false when there were too many.
    mutating func take(at now: MonotonicInstant) -> Bool {
        if now > filledAt {
            let seconds = Double((now - filledAt).wholeNanoseconds) / 1e9
            tokens = min(capacity, tokens + seconds * perSecond)
            filledAt = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Allows `count` events more, up to the capacity.
    mutating func give(_ count: Int) { tokens = min(capacity, tokens + Double(count)) }
}
