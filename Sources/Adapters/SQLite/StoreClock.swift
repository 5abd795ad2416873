internal import Domain
internal import Ports
internal import Synchronization

/// The store's own time: the clock's, but never earlier than any time it has given, in this process or before
/// it.
final class StoreClock: Sendable {
    private let source: any TimeSource
    private let latest: Atomic<Int64>

    init(source: any TimeSource, highWater: WallTime) {
        self.source = source
        latest = Atomic(highWater.nanoseconds)
    }

    /// The time of a snapshot: not earlier than any commit that it can see.
    func sample() -> WallTime {
        let now = source.wallNow()
        let (_, newest) = latest.max(now.nanoseconds, ordering: .relaxed)
        return WallTime(nanoseconds: newest)
    }

    /// The time of a commit: later than any time given before. Only the writer calls it.
    func advance() -> WallTime {
        let now = source.wallNow().nanoseconds
        var before = latest.load(ordering: .relaxed)
        while true {
            let next = max(now, before + 1)
            let (exchanged, original) = latest.weakCompareExchange(
                expected: before, desired: next, ordering: .relaxed)
            if exchanged { return WallTime(nanoseconds: next) }
            before = original
        }
    }
}
