import Domain
import Testing

@Suite("Civil time")
struct CivilTimeTests {
    /// splitmix64 (Steele, Lea, Flood, 2014): the same numbers for the same seed everywhere.
    private struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    @Test("Counting the days of ten thousand years, month by month, agrees with the arithmetic")
    func everyMonth() throws {
        var dayNumber = -719_528
        for year in 0...9999 {
            for month in 1...12 {
                let days = CivilTime.days(inMonth: month, of: year)
                for day in [1, days] {
                    let time = try #require(CivilTime(year: year, month: month, day: day))
                    let number = dayNumber + day - 1
                    // Day -719,528 was a Saturday.
                    guard time.secondsSinceEpoch == Int64(number) * 86_400,
                        time.weekday == (number + 719_528 + 6) % 7
                    else {
                        Issue.record("\(time) is not day \(number)")
                        return
                    }
                }
                dayNumber += days
            }
        }
        #expect(dayNumber == 2_932_897)
    }

    @Test(
        "Any wall time survives its parts and its RFC 3339 text; its HTTP date keeps the second",
        arguments: [7, 8, 9])
    func roundTrip(seed: UInt64) {
        var random = Random(state: seed)
        let now = WallTime(nanoseconds: 1_763_663_859_000_000_000)
        for round in 0..<20_000 {
            let time = WallTime(nanoseconds: Int64(bitPattern: random.next()))
            let parts = CivilTime(time)
            let whole = WallTime(seconds: time.seconds, nanosecond: 0)
            let byDate = WallTime(httpDate: time.httpDate, now: now)
            let fails =
                parts.wallTime != time || WallTime(timestamp: time.timestamp) != time
                || CivilTime(
                    year: parts.year, month: parts.month, day: parts.day, hour: parts.hour,
                    minute: parts.minute,
                    second: parts.second, nanosecond: parts.nanosecond) != parts
                || (whole != nil && byDate != whole)
            if fails {
                Issue.record("seed \(seed), round \(round): \(time.nanoseconds) \(time.httpDate)")
                return
            }
        }
    }

    @Test("The ends of wall time and the moments around the epoch are written as they are")
    func edges() {
        let cases: [(Int64, String, String)] = [
            (0, "1970-01-01T00:00:00.000000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59.999999999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (784_111_777_000_000_000, "1994-11-06T08:49:37.000000000Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (.max, "2262-04-11T23:47:16.854775807Z", "Fri, 11 Apr 2262 23:47:16 GMT"),
            (.min, "1677-09-21T00:12:43.145224192Z", "Tue, 21 Sep 1677 00:12:43 GMT"),
        ]
        for (nanoseconds, timestamp, date) in cases {
            let time = WallTime(nanoseconds: nanoseconds)
            #expect(time.timestamp == timestamp)
            #expect(time.httpDate == date)
            #expect(WallTime(timestamp: timestamp) == time)
        }
    }

    @Test("Fewer fraction digits cut off, also before the epoch")
    func fractions() {
        let time = WallTime(nanoseconds: 1_999_999_999)
        #expect(time.timestamp(fractionDigits: 3) == "1970-01-01T00:00:01.999Z")
        #expect(time.timestamp(fractionDigits: 0) == "1970-01-01T00:00:01Z")
        #expect(WallTime(nanoseconds: -1).timestamp(fractionDigits: 3) == "1969-12-31T23:59:59.999Z")
    }

    @Test(
        "RFC 3339 texts in every form it allows are read",
        arguments: [
            ("1994-11-06T08:49:37Z", 784_111_777_000_000_000),
            ("1994-11-06t08:49:37z", 784_111_777_000_000_000),
            ("1994-11-06T09:49:37+01:00", 784_111_777_000_000_000),
            ("1994-11-05T23:19:37.5-09:30", 784_111_777_500_000_000),
            ("1994-11-06T08:49:37.1234567899Z", 784_111_777_123_456_789),
            ("1994-11-06T08:49:37-00:00", 784_111_777_000_000_000),
            ("1990-12-31T23:59:60Z", 662_688_000_000_000_000),
            ("1990-12-31T15:59:60.25-08:00", 662_688_000_250_000_000),
        ] as [(String, Int64)])
    func readsTimestamps(text: String, nanoseconds: Int64) {
        #expect(WallTime(timestamp: text) == WallTime(nanoseconds: nanoseconds))
    }

    @Test(
        "What is not RFC 3339, or no time, is refused",
        arguments: [
            "", "Z", "1994-11-06", "1994-11-06 08:49:37Z", "1994-11-06T08:49:37", "1994-11-06T08:49Z",
            "1994-13-06T08:49:37Z", "1994-00-06T08:49:37Z", "1994-02-29T08:49:37Z", "1994-11-31T08:49:37Z",
            "1994-11-06T24:00:00Z", "1994-11-06T08:60:37Z", "1994-11-06T08:49:61Z", "1994-11-06T08:49:60Z",
            "1994-11-06T08:49:37.Z", "1994-11-06T08:49:37+24:00", "1994-11-06T08:49:37+0100",
            "1994-11-06T08:49:37Z ", " 1994-11-06T08:49:37Z", "94-11-06T08:49:37Z", "+994-11-06T08:49:37Z",
            "1994-11-06T08:49:37,5Z", "1600-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "１994-11-06T08:49:37Z",
            "1994-11-06T08:49:37.0000000000000000000000000000000000000000000000000000Z",
        ])
    func refusesTimestamps(text: String) {
        #expect(WallTime(timestamp: text) == nil)
    }

    @Test("The three HTTP date forms name the same moment, and the two-digit year is at most 50 years ahead")
    func readsHTTPDates() {
        let now = WallTime(nanoseconds: 1_763_663_859_000_000_000)
        let expected = WallTime(nanoseconds: 784_111_777_000_000_000)
        #expect(WallTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT", now: now) == expected)
        #expect(WallTime(httpDate: "Sunday, 06-Nov-94 08:49:37 GMT", now: now) == expected)
        #expect(WallTime(httpDate: "Sun Nov  6 08:49:37 1994", now: now) == expected)
        #expect(WallTime(httpDate: "Wed Nov 16 08:49:37 1994", now: now) == expected + .seconds(864_000))
        let year = { (text: String) in WallTime(httpDate: text, now: now).map { CivilTime($0).year } }
        #expect(year("Sunday, 06-Nov-75 08:49:37 GMT") == 2075)
        #expect(year("Sunday, 06-Nov-76 08:49:37 GMT") == 1976)
        #expect(year("Sunday, 06-Nov-25 08:49:37 GMT") == 2025)
    }

    @Test("HTTP dates beyond wall time saturate, so that comparisons with them stay right")
    func saturates() {
        let now = WallTime.epoch
        #expect(WallTime(httpDate: "Fri, 31 Dec 9999 23:59:59 GMT", now: now)?.nanoseconds == .max)
        #expect(WallTime(httpDate: "Sat, 01 Jan 0000 00:00:00 GMT", now: now)?.nanoseconds == .min)
    }

    @Test(
        "What is not an HTTP date is refused",
        arguments: [
            "", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
            "Sun Nov 06 08:49:37 94", "784111777", "Sun,06 Nov 1994 08:49:37 GMT",
        ])
    func refusesHTTPDates(text: String) {
        #expect(WallTime(httpDate: text, now: .epoch) == nil)
    }

    @Test("Random ASCII near a date never crashes the readers, and what they accept can be written")
    func mutations() {
        var random = Random(state: 11)
        let seeds = ["1994-11-06T08:49:37.5Z", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0...random.next() % 3 {
                let place = Int(random.next() % UInt64(bytes.count))
                bytes[place] = UInt8(random.next() % 128)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let time = WallTime(timestamp: text), WallTime(timestamp: time.timestamp) != time {
                Issue.record("round \(round): \(text)")
            }
            if let time = WallTime(httpDate: text, now: .epoch),
                WallTime(httpDate: time.httpDate, now: .epoch)?.httpDate != time.httpDate
            {
                Issue.record("round \(round): \(text)")
            }
        }
    }
}
