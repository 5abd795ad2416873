/// A time of day, in nanoseconds since 1970-01-01T00:00:00Z without leap seconds, as Unix counts it. Covers
/// the years 1678 to 2261. It may jump, so it never measures a duration; see `MonotonicInstant`.
package struct WallTime: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static let epoch = WallTime(nanoseconds: 0)

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates instead of overflowing.
    package static func + (left: Self, right: Duration) -> Self {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.wholeNanoseconds)
        return Self(nanoseconds: overflow ? (right < .zero ? .min : .max) : sum)
    }

    package static func - (left: Self, right: Duration) -> Self { left + (.zero - right) }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
