private import Domain

/// Durations as configurations write them: `30s`, `5m`, `1h30m`, `250ms`, `1.5s`.
package enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("h", 3_600_000_000_000), ("ms", 1_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("us", 1_000),
        ("ns", 1),
    ]

    /// Numbers, each with its unit (`h`, `m`, `s`, `ms`, `us`, `ns`), added up; `0` needs none. Nil for
    /// anything else, for parts of a nanosecond and for more than 292 years.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let number = DecimalNumber.takePrefix(of: &rest),
                let unit = units.first(where: { rest.hasPrefix($0.name) }),
                let part = number.multiplied(by: unit.nanoseconds)
            else { return nil }
            rest = rest.dropFirst(unit.name.count)
            let (sum, overflow) = total.addingReportingOverflow(part)
            if overflow { return nil }
            total = sum
        }
        return text.isEmpty ? nil : .nanoseconds(total)
    }

    /// The shortest text in whole units that `parse` reads back as the same duration, which must not be
    /// negative.
    package static func format(_ duration: Duration) -> String {
        var rest = duration.wholeNanoseconds
        if rest == 0 { return "0s" }
        var text = ""
        for (name, size) in units.sorted(by: { $0.nanoseconds > $1.nanoseconds }) where rest >= size {
            text += "\(rest / size)\(name)"
            rest %= size
        }
        return text
    }
}

/// A number without a sign, with an optional fraction, held exactly.
struct DecimalNumber {
    private let digits: UInt64
    /// How many of the digits stand behind the point.
    private let scale: Int

    /// Takes `12` or `1.5` from the front; nil, taking nothing sensible, when no number stands there or it
    /// has more than 19 digits.
    static func takePrefix(of text: inout Substring) -> Self? {
        let whole = text.prefix { $0.isASCII && $0.isNumber }
        text = text.dropFirst(whole.count)
        var fraction = Substring()
        if text.first == "." {
            fraction = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
            if fraction.isEmpty { return nil }
            text = text.dropFirst(fraction.count + 1)
        }
        guard !whole.isEmpty, whole.count + fraction.count <= 19, let digits = UInt64(whole + fraction) else {
            return nil
        }
        return Self(digits: digits, scale: fraction.count)
    }

    /// Nil when the product is no whole number or too large.
    func multiplied(by unit: Int64) -> Int64? {
        let divisor = (0..<scale).reduce(UInt64(1)) { power, _ in power * 10 }
        let (high, low) = digits.multipliedFullWidth(by: unit.magnitude)
        guard high < divisor else { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return remainder == 0 ? Int64(exactly: quotient) : nil
    }
}
