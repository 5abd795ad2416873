package import Domain

/// Tells a slow client from a dead or hostile one, by the time that was spent waiting for it: a handler that
/// is slow itself does not count against the client. A pure machine.
package struct TransferMeter {
    package enum Verdict: Equatable, Sendable { case fine, idle, tooSlow }

    private let idleLimit: Int64
    private let window: Int64
    private let minimumBytesPerSecond: Int64
    private var waitingSince: Int64?
    private var waited: Int64 = 0
    private var silent: Int64 = 0
    private var bytes: Int64 = 0

    package init(idleLimit: Duration, window: Duration, minimumBytesPerSecond: Int64) {
        self.idleLimit = idleLimit.wholeNanoseconds
        self.window = window.wholeNanoseconds
        self.minimumBytesPerSecond = minimumBytesPerSecond
    }

    package var isWaiting: Bool { waitingSince != nil }

    package mutating func beginWaiting(at now: MonotonicInstant) {
        if waitingSince == nil { waitingSince = now.nanoseconds }
    }

    package mutating func endWaiting(at now: MonotonicInstant) {
        account(until: now.nanoseconds)
        waitingSince = nil
    }

    /// Says that so many bytes came or went.
    package mutating func progress(_ count: Int64) {
        guard count > 0 else { return }
        bytes += count
        silent = 0
    }

    /// Judges the time until now. Every full window starts the next one.
    package mutating func verdict(at now: MonotonicInstant) -> Verdict {
        account(until: now.nanoseconds)
        if silent >= idleLimit { return .idle }
        guard waited >= window else { return .fine }
        let expected = Double(minimumBytesPerSecond) * Double(waited) / 1e9
        if Double(bytes) < expected { return .tooSlow }
        waited = 0
        bytes = 0
        return .fine
    }

    private mutating func account(until now: Int64) {
        guard let since = waitingSince else { return }
        waited += now - since
        silent += now - since
        waitingSince = now
    }
}
