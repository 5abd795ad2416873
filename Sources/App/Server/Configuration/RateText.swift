private import Domain

/// Rates as configurations write them: `100` or `100/s`, `30/m`, `10/h`, or `unlimited`.
enum RateText {
    private static let units: [(name: Substring, nanoseconds: Int64)] = [
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    static let expectation =
        "a rate, such as `100` (a second), `30/m` or `10/h`, at most \(countMax), or `unlimited`"

    /// The time from one to the next; nil in it for no limit. Nil for what is no rate.
    static func parse(_ text: String) -> Duration?? {
        if text == "unlimited" { return .some(nil) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let count = SettingDecoder.integer(String(parts[0]), in: 1...countMax) else { return nil }
        let name = parts.count == 2 ? parts[1] : "s"
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        return .nanoseconds(unit.nanoseconds / count)
    }

    /// The shortest text that `parse` reads back as the same, for one that it has read.
    static func format(_ interval: Duration?) -> String {
        guard let nanoseconds = interval?.wholeNanoseconds else { return "unlimited" }
        for unit in units {
            let count = unit.nanoseconds / nanoseconds
            if count > 0, unit.nanoseconds / count == nanoseconds {
                return unit.name == "s" ? String(count) : "\(count)/\(unit.name)"
            }
        }
        return DurationText.format(.nanoseconds(nanoseconds))
    }

    /// A request each microsecond is more than any server answers.
    private static let countMax: Int64 = 1_000_000
}
