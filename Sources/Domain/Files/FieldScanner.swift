/// Reads the pieces that the values of HTTP fields are made of. Each verb takes what it names and moves on,
/// or answers nil (false) and leaves the position undefined.
struct FieldScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// OWS of RFC 9110 section 5.6.3.
    mutating func skipWhitespace() {
        while skip(" ") || skip("\t") {}
    }

    /// Decimal digits, at least one. What does not fit saturates: it is beyond any size, and that is all one
    /// asks.
    mutating func number() -> UInt64? {
        let start = position
        var value: UInt64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(bytes[position] - 0x30))
            value = overflow || carry ? .max : sum
            position += 1
        }
        return position > start ? value : nil
    }

    /// The letters and digits that stand here, in lower case.
    mutating func word() -> String {
        let start = position
        while position < bytes.count, Self.isAlphanumeric(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
    }

    /// One entity tag (RFC 9110 section 8.8.3).
    mutating func entityTag() -> EntityTag? {
        let isWeak = skip("W")
        if isWeak { guard skip("/") else { return nil } }
        guard skip("\"") else { return nil }
        let start = position
        while position < bytes.count, EntityTag.isTagCharacter(bytes[position]) { position += 1 }
        let opaque = String(decoding: bytes[start..<position], as: UTF8.self)
        guard skip("\"") else { return nil }
        return EntityTag(opaque: opaque, isWeak: isWeak)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
