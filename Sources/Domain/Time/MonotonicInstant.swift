/// A point on a clock that never goes back, in nanoseconds since an unspecified origin. Only for durations
/// and deadlines inside one process; it cannot be mixed with `WallTime`.
package struct MonotonicInstant: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates instead of overflowing, so that "for ever" can be added to anything.
    package static func + (left: Self, right: Duration) -> Self {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.wholeNanoseconds)
        return Self(nanoseconds: overflow ? (right < .zero ? .min : .max) : sum)
    }

    package static func - (left: Self, right: Self) -> Duration {
        Duration(attoseconds: Int128(left.nanoseconds - right.nanoseconds) * attosecondsPerNanosecond)
    }
}

extension Duration {
    /// The duration in nanoseconds, saturating.
    package var wholeNanoseconds: Int64 {
        Int64(clamping: attoseconds / attosecondsPerNanosecond)
    }
}

private let attosecondsPerNanosecond: Int128 = 1_000_000_000
