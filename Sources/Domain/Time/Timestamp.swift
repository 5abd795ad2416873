extension WallTime {
    /// RFC 3339 in UTC with all nine digits, as `2026-11-20T18:37:39.123456789Z`: equal times are equal
    /// texts, and texts sort as the times do.
    package var timestamp: String { timestamp(fractionDigits: 9) }

    /// RFC 3339 in UTC with `fractionDigits` (0 to 9) digits of the second, cut off and not rounded.
    package func timestamp(fractionDigits: Int) -> String {
        precondition((0...9).contains(fractionDigits))
        let time = CivilTime(self)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            var writer = DateWriter(buffer)
            writer.number(time.year, digits: 4)
            writer.text("-")
            writer.number(time.month, digits: 2)
            writer.text("-")
            writer.number(time.day, digits: 2)
            writer.text("T")
            writer.timeOfDay(time)
            if fractionDigits > 0 {
                writer.text(".")
                let unit = (fractionDigits..<9).reduce(1) { unit, _ in unit * 10 }
                writer.number(time.nanosecond / unit, digits: fractionDigits)
            }
            writer.text("Z")
            return writer.count
        }
    }

    /// Reads RFC 3339 section 5.6: `T` and `Z` in either case, any offset, any number of fraction digits
    /// (those after the ninth are dropped). A leap second (`23:59:60` UTC) is the second after it, as Unix
    /// counts. Nil for anything else and for years that `WallTime` does not reach.
    package init?(timestamp text: some StringProtocol) {
        guard text.utf8.count <= Self.timestampBytesMax else { return nil }
        var scanner = DateScanner(text)
        guard let year = scanner.number(digits: 4), scanner.skip("-"), let month = scanner.number(digits: 2),
            scanner.skip("-"), let day = scanner.number(digits: 2), scanner.any(of: [0x54, 0x74]) != nil,
            let (hour, minute, second) = scanner.timeOfDay()
        else { return nil }
        var nanosecond = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fraction() else { return nil }
            nanosecond = fraction
        }
        guard let offset = Self.offsetSeconds(&scanner), scanner.isAtEnd,
            let start = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute)
        else { return nil }
        let minuteStart = start.secondsSinceEpoch - Int64(offset)
        if second == 60 {
            // 23:59 in UTC, whatever the local time: only there can a leap second be.
            guard (minuteStart + 60) % 86_400 == 0 else { return nil }
        }
        self.init(seconds: minuteStart + Int64(second), nanosecond: nanosecond)
    }

    private static func offsetSeconds(_ scanner: inout DateScanner) -> Int? {
        if scanner.any(of: [0x5A, 0x7A]) != nil { return 0 }
        guard let sign = scanner.any(of: [0x2B, 0x2D]), let hours = scanner.number(digits: 2), hours < 24,
            scanner.skip(":"), let minutes = scanner.number(digits: 2), minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
    }

    /// More than any sensible fraction needs.
    private static let timestampBytesMax = 64
}

extension DateWriter {
    /// `hh:mm:ss`.
    mutating func timeOfDay(_ time: CivilTime) {
        number(time.hour, digits: 2)
        text(":")
        number(time.minute, digits: 2)
        text(":")
        number(time.second, digits: 2)
    }
}
