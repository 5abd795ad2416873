/// Reads the pieces that the values of HTTP fields are made of. Each verb takes what it names and moves on,
/// or answers nil (false) and leaves the position undefined.
package struct FieldScanner {
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

    /// A token of RFC 9110 section 5.6.2, at least one character.
    mutating func token() -> String? {
        let start = position
        while position < bytes.count, Self.isTokenCharacter(bytes[position]) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    /// A quoted string of RFC 9110 section 5.6.4.
    mutating func skipQuotedString() -> Bool {
        guard skip("\"") else { return false }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\") {
                guard position < bytes.count, Self.isText(bytes[position]) else { return false }
                position += 1
            } else if !Self.isText(byte) {
                return false
            }
        }
        return false
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

    /// Whether all of it is one token, as methods and names of fields are.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenCharacter)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    /// Visible characters, blanks, and bytes beyond ASCII.
    private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
}
