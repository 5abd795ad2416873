/// A time of day in the proleptic Gregorian calendar, UTC, without leap seconds: the parts that people read.
/// The written forms are in `Timestamp.swift` (RFC 3339) and `HTTPDate.swift` (RFC 9110).
package struct CivilTime: Hashable, Sendable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    /// 0 to 23.
    package let hour: Int
    /// 0 to 59.
    package let minute: Int
    /// 0 to 59.
    package let second: Int
    /// 0 to 999,999,999.
    package let nanosecond: Int

    /// Nil when the parts name no time that exists. Years are 0 to 9999, all that the written forms can hold.
    package init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0
    ) {
        guard (0...9999).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999_999_999).contains(nanosecond)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.nanosecond = nanosecond
    }

    package init(_ time: WallTime) {
        let seconds = time.seconds
        let dayNumber = Self.floorDivide(seconds, 86_400)
        let secondOfDay = Int(seconds - dayNumber * 86_400)
        let date = Self.date(ofDay: Int(dayNumber))
        year = date.year
        month = date.month
        day = date.day
        hour = secondOfDay / 3600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        // Wraps at the first second that `WallTime` reaches only in part; the difference is right all the
        // same.
        nanosecond = Int(time.nanoseconds &- seconds &* 1_000_000_000)
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    package var secondsSinceEpoch: Int64 {
        Int64(Self.dayNumber(year: year, month: month, day: day)) * 86_400
            + Int64(hour * 3600 + minute * 60 + second)
    }

    /// Nil for years that `WallTime` does not reach.
    package var wallTime: WallTime? { WallTime(seconds: secondsSinceEpoch, nanosecond: nanosecond) }

    /// 0 for Sunday to 6 for Saturday.
    package var weekday: Int {
        let day = Self.dayNumber(year: year, month: month, day: day) + 4
        return day - 7 * Int(Self.floorDivide(Int64(day), 7))
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension WallTime {
    /// Nil when the sum does not fit 64 bits of nanoseconds.
    package init?(seconds: Int64, nanosecond: Int) {
        // One second later and back, so that the first, partial second can be reached without an overflow.
        let shift: Int64 = seconds < 0 ? 1 : 0
        let (scaled, overflow) = (seconds + shift).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return nil }
        let (sum, carried) = scaled.addingReportingOverflow(Int64(nanosecond) - shift * 1_000_000_000)
        if carried { return nil }
        self.init(nanoseconds: sum)
    }
}

extension CivilTime {
    /// Days since 1970-01-01. Counts years from March, so that the leap day is a year's last one and month
    /// lengths follow one line: after Neri and Schneider, "Euclidean affine functions and their application
    /// to calendar algorithms" (2022).
    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let marchMonth = month <= 2 ? month + 9 : month - 3
        let century = Int(floorDivide(Int64(marchYear), 100))
        let leapDays = Int(floorDivide(Int64(marchYear), 4)) - century + Int(floorDivide(Int64(century), 4))
        return marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - dayOfEpoch
    }

    private static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        let day = number + dayOfEpoch
        let era = Int(floorDivide(Int64(day), 146_097))
        let dayOfEra = day - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Days from 0000-03-01 to 1970-01-01.
    private static let dayOfEpoch = 719_468

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
