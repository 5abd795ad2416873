/// A dictionary of structured fields (RFC 9651 section 3.2), read as strictly as section 4.2 asks: what is
/// not one is none. Parameters are read over. Inner lists, dates and display strings are refused: no field
/// that is read here has any.
package struct StructuredDictionary: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: StructuredItem
    }

    /// In the order of their last appearance's first; of a key that is there twice the last counts.
    package private(set) var members: [Member] = []

    package init?(parsing text: String) {
        var scanner = StructuredScanner(text)
        scanner.skipSpaces()
        while !scanner.isAtEnd {
            guard let key = scanner.key(), members.count < Limits.structuredMembersMax else { return nil }
            var value = StructuredItem.boolean(true)
            if scanner.skip("=") {
                guard let item = scanner.bareItem() else { return nil }
                value = item
            }
            guard scanner.skipParameters() else { return nil }
            let member = Member(key: key, value: value)
            if let index = members.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
                members[index] = member
            } else {
                members.append(member)
            }
            scanner.skipWhitespace()
            if scanner.isAtEnd { return }
            guard scanner.skip(",") else { return nil }
            scanner.skipWhitespace()
            // A comma at the end announces what is not there.
            if scanner.isAtEnd { return nil }
        }
    }
}

/// A bare item of structured fields (RFC 9651 section 3.3).
package enum StructuredItem: Sendable, Equatable {
    case integer(Int64)
    /// As it was written.
    case decimal(String)
    case string(String)
    case token(String)
    case bytes([UInt8])
    case boolean(Bool)

    /// The only item of a field, without its parameters; nil for what is none.
    package init?(parsing text: String) {
        var scanner = StructuredScanner(text)
        scanner.skipSpaces()
        guard let item = scanner.bareItem(), scanner.skipParameters() else { return nil }
        scanner.skipSpaces()
        guard scanner.isAtEnd else { return nil }
        self = item
    }
}

/// Reads the pieces of structured fields. Each verb takes what it names and moves on, or answers nil (false)
/// and leaves the position undefined.
private struct StructuredScanner {
    private let bytes: Substring.UTF8View
    private var position: Substring.UTF8View.Index

    init(_ text: String) {
        bytes = text[...].utf8
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }
    private var next: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position = bytes.index(after: position)
        return true
    }

    mutating func skipSpaces() { while skip(" ") {} }
    mutating func skipWhitespace() { while skip(" ") || skip("\t") {} }

    private mutating func take(while isPart: (UInt8) -> Bool) -> Substring.UTF8View {
        let start = position
        while let byte = next, isPart(byte) { position = bytes.index(after: position) }
        return bytes[start..<position]
    }

    mutating func key() -> String? {
        guard let first = next, Self.isLower(first) || first == UInt8(ascii: "*") else { return nil }
        return String(take { Self.isLower($0) || Self.isDigit($0) || "_-.*".utf8.contains($0) })
    }

    mutating func skipParameters() -> Bool {
        while skip(";") {
            skipSpaces()
            guard key() != nil else { return false }
            if skip("=") { guard bareItem() != nil else { return false } }
        }
        return true
    }

    mutating func bareItem() -> StructuredItem? {
        guard let first = next else { return nil }
        switch first {
        case UInt8(ascii: "-"), 0x30...0x39: return number()
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: ":"): return byteSequence()
        case UInt8(ascii: "?"): return boolean()
        case UInt8(ascii: "*"), 0x41...0x5A, 0x61...0x7A:
            return String(take(while: Self.isTokenCharacter)).map { .token($0) }
        default: return nil
        }
    }

    /// At most fifteen digits, or twelve and a fraction of one to three.
    private mutating func number() -> StructuredItem? {
        let sign = skip("-") ? "-" : ""
        guard let whole = String(take(while: Self.isDigit)), (1...15).contains(whole.utf8.count) else {
            return nil
        }
        guard skip(".") else { return Int64(sign + whole).map { .integer($0) } }
        guard let fraction = String(take(while: Self.isDigit)), (1...3).contains(fraction.utf8.count),
            whole.utf8.count <= 12
        else { return nil }
        return .decimal(sign + whole + "." + fraction)
    }

    private mutating func string() -> StructuredItem? {
        guard skip("\"") else { return nil }
        var text = ""
        while let byte = next {
            position = bytes.index(after: position)
            switch byte {
            case UInt8(ascii: "\""): return .string(text)
            case UInt8(ascii: "\\"):
                if skip("\"") {
                    text.append("\"")
                } else if skip("\\") {
                    text.append("\\")
                } else {
                    return nil
                }
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: return nil
            }
        }
        return nil
    }

    private mutating func byteSequence() -> StructuredItem? {
        guard skip(":") else { return nil }
        let text = take { $0 != UInt8(ascii: ":") }
        guard skip(":") else { return nil }
        return Base64.decode(text).map { .bytes($0) }
    }

    private mutating func boolean() -> StructuredItem? {
        guard skip("?") else { return nil }
        return skip("1") ? .boolean(true) : skip("0") ? .boolean(false) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLower(byte) || (0x41...0x5A).contains(byte)
            || "!#$%&'*+-.^_`|~:/".utf8.contains(byte)
    }
}
