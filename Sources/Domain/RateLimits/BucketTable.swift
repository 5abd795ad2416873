/// The buckets of all who are counted under one limit, a bounded number of them. Who has none has a full one,
/// so full ones need not be kept; when there is no room, those that are nearest to being full go first, which
/// forgives the least.
package struct BucketTable<Subject: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var buckets: [Subject: TokenBucket] = [:]

    package init(capacity: Int) {
        precondition(capacity >= 4)
        self.capacity = capacity
    }

    package var count: Int { buckets.count }

    package func read(_ subject: Subject, _ limit: RateLimit, at now: MonotonicInstant) -> TokenBucket.Reading
    {
        (buckets[subject] ?? TokenBucket(at: now)).read(limit, at: now)
    }

    package mutating func take(
        _ subject: Subject, _ limit: RateLimit, at now: MonotonicInstant
    ) -> TokenBucket.Reading {
        var bucket = buckets[subject] ?? TokenBucket(at: now)
        let reading = bucket.take(limit, at: now)
        if buckets[subject] == nil, buckets.count >= capacity { makeRoom(at: now) }
        buckets[subject] = bucket
        return reading
    }

    /// Frees a quarter at least, so that the work is spread over as many new subjects.
    private mutating func makeRoom(at now: MonotonicInstant) {
        buckets = buckets.filter { !$0.value.isFull(at: now) }
        let kept = capacity - capacity / 4
        guard buckets.count > kept else { return }
        let instants = buckets.values.map(\.fullAt).sorted()
        let bound = instants[instants.count - kept]
        buckets = buckets.filter { $0.value.fullAt >= bound }
        // Buckets that are alike to the nanosecond all pass the bound.
        if buckets.count > kept { buckets.removeAll(keepingCapacity: true) }
    }
}
