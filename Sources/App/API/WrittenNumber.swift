/// A JSON number (RFC 8259 section 6) as its digits and a power of ten, which no rounding has touched.
struct WrittenNumber {
    private var isNegative = false
    /// All digits before and behind the point.
    private var digits: [UInt8] = []
    /// Where the point stands, counted from behind the last digit.
    private var exponent = 0

    /// Nil for what is no number, and for an exponent of more digits than any number has use for.
    init?(_ text: String) {
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest = rest.dropFirst()
        }
        let mark = rest.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? rest.endIndex
        for part in rest[..<mark].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard part.allSatisfy(Self.isDigit) else { return nil }
            exponent = -part.count
            digits += part.map { $0 - UInt8(ascii: "0") }
        }
        if !rest[..<mark].contains(UInt8(ascii: ".")) { exponent = 0 }
        guard !digits.isEmpty else { return nil }
        guard mark < rest.endIndex else { return }
        let written = rest[rest.index(after: mark)...]
        guard written.count <= Self.exponentCharactersMax, let shift = Int(Substring(written)) else {
            return nil
        }
        exponent += shift
    }

    /// The number when it is whole and fits; `1.50e1` is 15, and `-0` is 0.
    var integer: Int64? {
        var digits = digits[...]
        var exponent = exponent
        while digits.last == 0, exponent < 0 {
            digits.removeLast()
            exponent += 1
        }
        let significant = digits.drop { $0 == 0 }
        if significant.isEmpty { return 0 }
        guard exponent >= 0 else { return nil }
        var value: Int64 = 0
        for position in 0..<(significant.count + exponent) {
            let digit = position < significant.count ? significant[significant.startIndex + position] : 0
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (next, overflows) = tenfold.subtractingReportingOverflow(Int64(digit))
            guard !isTooLarge, !overflows else { return nil }
            value = next
        }
        // Counted below zero, where one more fits.
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// A sign and what any length of a body can make up for.
    private static let exponentCharactersMax = 7

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
