package import Domain
private import Glibc

/// The clocks of the machine, read without a system call (vdso(7)). Sleeping needs a loop: see
/// `LoopTimeSource`.
package enum SystemClock {
    /// CLOCK_MONOTONIC: never goes back, is slewed by NTP and stands still while the machine is suspended.
    package static func monotonicNow() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// CLOCK_REALTIME: what the machine takes for the time of day. May jump.
    package static func wallNow() -> WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        let outcome = clock_gettime(clock, &time)
        precondition(outcome == 0, "clock_gettime(2) knows both clocks since Linux 2.6")
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
