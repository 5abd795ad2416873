package import Domain
import Ports

/// The clocks of one machine: they follow the time of the run with a drift of their own, and the time of day
/// may jump.
package final class VirtualClock: TimeSource, @unchecked Sendable {
    private let scheduler: Scheduler
    private let drift: Int64
    private let monotonicStart: Int64
    private var wallStart: WallTime

    /// 2026-01-01T00:00:00Z.
    package static let epoch = WallTime(nanoseconds: 1_767_225_600_000_000_000)

    /// `drift` is in parts of a million, positive when the clock is fast.
    package init(_ scheduler: Scheduler, drift: Int, offset: Duration = .zero, monotonicStart: Duration) {
        precondition(abs(drift) < 100_000)
        self.scheduler = scheduler
        self.drift = Int64(drift)
        self.monotonicStart = monotonicStart.wholeNanoseconds
        wallStart = Self.epoch + offset
    }

    private var elapsed: Int64 {
        let now = scheduler.now.nanoseconds
        return now + now / 1_000_000 * drift + now % 1_000_000 * drift / 1_000_000
    }

    package func monotonicNow() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: monotonicStart + elapsed)
    }

    package func wallNow() -> WallTime { wallStart + .nanoseconds(elapsed) }

    /// What an operator or NTP does to the time of day.
    package func jump(by duration: Duration) {
        wallStart = wallStart + duration
        wasSet = true
    }

    /// Somebody has made it jump.
    package private(set) var wasSet = false

    package func sleep(until deadline: MonotonicInstant) async throws(CancellationError) {
        if scheduler.isEnding || Task.isCancelled { throw CancellationError() }
        guard deadline > monotonicNow() else { return }
        let left = (deadline - monotonicNow()).wholeNanoseconds
        let promise = Promise<Bool>()
        if left <= Self.nanosecondsMax {
            // Rounded, so perhaps too early by a little: then it sleeps once more.
            let exact = left / (1_000_000 + drift) * 1_000_000 + left % (1_000_000 + drift)
            scheduler.after(.nanoseconds(max(1, exact))) { promise.keep(true) }
        }
        guard await promise.wait(orWhenCancelled: false), monotonicNow() >= deadline else {
            if Task.isCancelled || scheduler.isEnding { throw CancellationError() }
            return try await sleep(until: deadline)
        }
    }

    /// Whoever sleeps longer than a year sleeps for ever.
    private static let nanosecondsMax: Int64 = 365 * 24 * 3_600 * 1_000_000_000
}
