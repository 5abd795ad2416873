private import CLinux
package import Domain
import Ports

/// The clocks of the machine, with sleeping on the timers of the loop that the caller runs on.
package struct LoopTimeSource: TimeSource {
    private let fallback: EpollLoop

    /// Callers that run on no loop sleep on `fallback`.
    package init(fallback: EpollLoop) { self.fallback = fallback }

    package func monotonicNow() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: callfs_monotonic_nanoseconds())
    }

    package func wallNow() -> WallTime { WallTime(nanoseconds: callfs_wall_nanoseconds()) }

    package func sleep(until deadline: MonotonicInstant) async throws(CancellationError) {
        try await (EpollLoop.current ?? fallback).sleep(until: deadline)
    }
}
