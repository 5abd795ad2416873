extension WallTime {
    /// The IMF-fixdate of RFC 9110 section 5.6.7, as `Sun, 06 Nov 1994 08:49:37 GMT`. The fraction of the
    /// second is lost.
    package var httpDate: String {
        let time = CivilTime(self)
        return String(unsafeUninitializedCapacity: 29) { buffer in
            var writer = DateWriter(buffer)
            writer.text(HTTPDateNames.days[time.weekday])
            writer.text(", ")
            writer.number(time.day, digits: 2)
            writer.text(" ")
            writer.text(HTTPDateNames.months[time.month - 1])
            writer.text(" ")
            writer.number(time.year, digits: 4)
            writer.text(" ")
            writer.timeOfDay(time)
            writer.text(" GMT")
            return writer.count
        }
    }

    /// Reads the three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 and asctime. `now` decides the
    /// century of the two-digit year of RFC 850: not more than 50 years ahead of it. Names are
    /// case-sensitive, as the RFC says; the day of the week must be one, but need not agree. Years that
    /// `WallTime` does not reach saturate, which is what a comparison wants. Nil for anything else.
    package init?(httpDate text: some StringProtocol, now: WallTime) {
        guard text.utf8.count <= Self.httpDateBytesMax else { return nil }
        let seconds =
            Self.fixdateSeconds(DateScanner(text)) ?? Self.rfc850Seconds(DateScanner(text), now)
            ?? Self.asctimeSeconds(DateScanner(text))
        guard let seconds else { return nil }
        let limit = seconds < 0 ? WallTime(nanoseconds: .min) : WallTime(nanoseconds: .max)
        self = WallTime(seconds: seconds, nanosecond: 0) ?? limit
    }

    /// The longest form is `Wednesday, 09-Nov-94 08:49:37 GMT`.
    private static let httpDateBytesMax = 33

    private static func fixdateSeconds(_ start: DateScanner) -> Int64? {
        var scanner = start
        guard scanner.name(among: HTTPDateNames.days) != nil, scanner.skip(", "),
            let day = scanner.number(digits: 2), scanner.skip(" "),
            let month = scanner.name(among: HTTPDateNames.months), scanner.skip(" "),
            let year = scanner.number(digits: 4), scanner.skip(" "), let time = scanner.timeOfDay(),
            scanner.skip(" GMT"), scanner.isAtEnd
        else { return nil }
        return seconds(year, month + 1, day, time)
    }

    private static func rfc850Seconds(_ start: DateScanner, _ now: WallTime) -> Int64? {
        var scanner = start
        guard scanner.name(among: HTTPDateNames.longDays) != nil, scanner.skip(", "),
            let day = scanner.number(digits: 2), scanner.skip("-"),
            let month = scanner.name(among: HTTPDateNames.months), scanner.skip("-"),
            let shortYear = scanner.number(digits: 2), scanner.skip(" "), let time = scanner.timeOfDay(),
            scanner.skip(" GMT"), scanner.isAtEnd
        else { return nil }
        let thisYear = CivilTime(now).year
        let year = thisYear - thisYear % 100 + shortYear
        // The same two digits lie in three centuries that could be meant; the latest that is not too far
        // ahead counts.
        for candidate in [year + 100, year, year - 100] where candidate <= thisYear + 50 {
            return seconds(candidate, month + 1, day, time)
        }
        return nil
    }

    private static func asctimeSeconds(_ start: DateScanner) -> Int64? {
        var scanner = start
        guard scanner.name(among: HTTPDateNames.days) != nil, scanner.skip(" "),
            let month = scanner.name(among: HTTPDateNames.months), scanner.skip(" ")
        else { return nil }
        let digits = scanner.skip(" ") ? 1 : 2
        guard let day = scanner.number(digits: digits), scanner.skip(" "), let time = scanner.timeOfDay(),
            scanner.skip(" "), let year = scanner.number(digits: 4), scanner.isAtEnd
        else { return nil }
        return seconds(year, month + 1, day, time)
    }

    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ time: (hour: Int, minute: Int, second: Int)
    ) -> Int64? {
        let start = CivilTime(year: year, month: month, day: day, hour: time.hour, minute: time.minute)
        guard let start, time.second < 60 || (time.hour == 23 && time.minute == 59) else { return nil }
        return start.secondsSinceEpoch + Int64(time.second)
    }
}

private enum HTTPDateNames {
    static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let longDays: [StaticString] = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
