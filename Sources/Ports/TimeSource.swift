package import Domain

/// The clocks. The only way to learn the time in Domain's callers, Services and API.
package protocol TimeSource: Sendable {
    /// Never goes back; stops for nothing that matters here. For durations.
    func monotonicNow() -> MonotonicInstant

    /// The time of day, which may jump. For timestamps that people read.
    func wallNow() -> WallTime

    /// Returns at `deadline` or soon after. Throws only when the task is cancelled, and then promptly.
    func sleep(until deadline: MonotonicInstant) async throws(CancellationError)
}
