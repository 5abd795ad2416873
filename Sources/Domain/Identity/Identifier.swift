/// 128 bits that name a thing for ever: a UUID of version 7 (RFC 9562 section 5.7), so that identifiers made
/// later sort later and neighbours in time are neighbours in an index.
package struct Identifier: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A version 7 identifier of `time` with 74 of the given random bits.
    package init(time: WallTime, randomHigh: UInt64, randomLow: UInt64) {
        let milliseconds = UInt64(max(0, time.nanoseconds / 1_000_000)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | randomHigh & 0x0FFF
        low = 0x8000_0000_0000_0000 | randomLow & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// When it was made, to the millisecond, by the clock of its maker. What claims to be of the year 2262 or
    /// later is from outside, such as the name of a file, and counts as the end of time.
    package var time: WallTime {
        let (nanoseconds, overflow) = Int64(high >> 16).multipliedReportingOverflow(by: 1_000_000)
        return WallTime(nanoseconds: overflow ? .max : nanoseconds)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
    }

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        self.init(high: high, low: low)
    }
}

extension Identifier: CustomStringConvertible {
    /// 32 hexadecimal digits in lower case, without hyphens; sorts as the identifier does.
    package var description: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for position in 0..<32 {
                let word = position < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (position & 15))) & 0xF
                digits[position] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return 32
        }
    }

    /// Reads what `description` writes; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, digit) in digits.enumerated() {
            let value: UInt64
            switch digit {
            case 0x30...0x39: value = UInt64(digit - 0x30)
            case 0x61...0x66: value = UInt64(digit - 0x61 + 10)
            default: return nil
            }
            if index < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
        }
        self.init(high: words.0, low: words.1)
    }
}
