/// Reads one JSON text (RFC 8259), strictly: no comments, no trailing commas, no duplicate names, valid UTF-8
/// only. The same nodes as from YAML, so that settings are read the same way from both; numbers, `true`,
/// `false` and `null` are plain scalars.
package enum JSONDocument {
    package static func parse(_ bytes: [UInt8]) throws(DocumentError) -> YAMLNode {
        try DocumentLimits.checkSize(bytes)
        var reader = JSONReader(bytes)
        reader.skipWhitespace()
        let root = try reader.value(depth: 1)
        reader.skipWhitespace()
        guard reader.isAtEnd else { throw reader.error("something follows the end of the document") }
        return root
    }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func error(_ message: String) -> DocumentError { DocumentError(line: line, message: message) }

    mutating func skipWhitespace() {
        while let byte = current {
            switch byte {
            case 0x0A: line += 1
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            position += 1
        }
    }

    mutating func value(depth: Int) throws(DocumentError) -> YAMLNode {
        if depth > DocumentLimits.depthMax {
            throw error("nested deeper than \(DocumentLimits.depthMax) levels")
        }
        let start = line
        switch current {
        case UInt8(ascii: "{"): return YAMLNode(.mapping(try object(depth: depth)), line: start)
        case UInt8(ascii: "["): return YAMLNode(.sequence(try array(depth: depth)), line: start)
        case UInt8(ascii: "\""): return YAMLNode(.scalar(try string(), .quoted), line: start)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return YAMLNode(.scalar(try number(), .plain), line: start)
        case nil: throw error("the document ends too early")
        default:
            for literal in ["true", "false", "null"] where skip(literal) {
                return YAMLNode(.scalar(literal, .plain), line: start)
            }
            throw error(
                "a value is expected here: an object, an array, a string, a number, true, false or null")
        }
    }

    private mutating func object(depth: Int) throws(DocumentError) -> [YAMLNode.Entry] {
        var mapping = MappingEntries()
        position += 1
        skipWhitespace()
        if skip("}") { return [] }
        while true {
            guard current == UInt8(ascii: "\"") else {
                throw error("a name in double quotes is expected here")
            }
            let keyLine = line
            let key = try string()
            try mapping.check(key: key, line: keyLine)
            skipWhitespace()
            guard skip(":") else { throw error("a colon is expected after a name") }
            skipWhitespace()
            mapping.append(key: key, line: keyLine, try value(depth: depth + 1))
            skipWhitespace()
            if skip("}") { return mapping.entries }
            guard skip(",") else { throw error("a comma or `}` is expected here") }
            skipWhitespace()
        }
    }

    private mutating func array(depth: Int) throws(DocumentError) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        position += 1
        skipWhitespace()
        if skip("]") { return [] }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if skip("]") { return elements }
            guard skip(",") else { throw error("a comma or `]` is expected here") }
            skipWhitespace()
        }
    }

    private mutating func string() throws(DocumentError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw error("a control character in a string must be escaped")
            default: text.append(byte)
            }
        }
        throw error("a string has no end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(DocumentError) {
        guard let letter = current else { throw error("a string has no end") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    /// What follows `\u`: four digits, or two such escapes that make a pair (RFC 8259 section 7).
    private mutating func unicodeEscape() throws(DocumentError) -> Character {
        let first = try codeUnit()
        var value = UInt32(first)
        if (0xD800...0xDBFF).contains(first), skip("\\u") {
            let second = try codeUnit()
            guard (0xDC00...0xDFFF).contains(second) else { throw error("half a surrogate pair in a string") }
            value = 0x10000 + (value - 0xD800) << 10 + UInt32(second) - 0xDC00
        }
        guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair in a string") }
        return Character(scalar)
    }

    private mutating func codeUnit() throws(DocumentError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("a string has no end") }
        var value: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error("four hexadecimal digits are expected after \\u")
            }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }

    private mutating func number() throws(DocumentError) -> String {
        let start = position
        _ = skip("-")
        let hasLeadingZero = current == UInt8(ascii: "0")
        let whole = skipDigits()
        guard whole > 0, !hasLeadingZero || whole == 1 else { throw error("a number is badly written") }
        if skip(".") {
            guard skipDigits() > 0 else { throw error("a number is badly written") }
        }
        if skip("e") || skip("E") {
            if !skip("-") { _ = skip("+") }
            guard skipDigits() > 0 else { throw error("a number is badly written") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func skip(_ literal: String) -> Bool {
        guard bytes[position...].starts(with: literal.utf8) else { return false }
        position += literal.utf8.count
        return true
    }
}
