/// A JSON value (RFC 8259) with the line it starts in, for messages about it.
package struct JSONNode: Sendable, Equatable {
    package indirect enum Value: Sendable, Equatable {
        case null
        case boolean(Bool)
        /// As it was written: only its reader knows what fits.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// In the order of the text, each name once.
        case object([Member])
    }

    package struct Member: Sendable, Equatable {
        package let name: String
        package let nameLine: Int
        package let node: JSONNode

        package init(name: String, nameLine: Int, node: JSONNode) {
            self.name = name
            self.nameLine = nameLine
            self.node = node
        }
    }

    package let value: Value
    /// From 1.
    package let line: Int

    package init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }
}

/// What was wrong with a JSON text.
package struct JSONError: Error, Equatable, Sendable {
    /// From 1.
    package let line: Int
    /// Without a capital and a full stop, to stand in a sentence.
    package let message: String

    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}

/// Reads one JSON text, strictly: no comments, no trailing commas, no duplicate names, valid UTF-8 only,
/// bounded depth. For configuration and for the bodies of requests alike; the caller bounds the size.
package struct JSONReader {
    package static let depthMax = 32
    /// Longer names are mistakes, and would make messages unreadable.
    package static let nameBytesMax = 256

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONNode {
        var reader = JSONReader(bytes)
        reader.skipWhitespace()
        let root = try reader.value(depth: 1)
        reader.skipWhitespace()
        guard reader.position == bytes.count else {
            throw reader.error("something follows the end of the document")
        }
        return root
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func error(_ message: String) -> JSONError { JSONError(line: line, message: message) }

    private mutating func skipWhitespace() {
        while let byte = current {
            switch byte {
            case 0x0A: line += 1
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            position += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONNode {
        if depth > Self.depthMax {
            throw error("nested deeper than \(Self.depthMax) levels")
        }
        let start = line
        switch current {
        case UInt8(ascii: "{"): return JSONNode(.object(try object(depth: depth)), line: start)
        case UInt8(ascii: "["): return JSONNode(.array(try array(depth: depth)), line: start)
        case UInt8(ascii: "\""): return JSONNode(.string(try string()), line: start)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return JSONNode(.number(try number()), line: start)
        case nil: throw error("the document ends too early")
        default:
            if skip("true") { return JSONNode(.boolean(true), line: start) }
            if skip("false") { return JSONNode(.boolean(false), line: start) }
            if skip("null") { return JSONNode(.null, line: start) }
            throw error(
                "a value is expected here: an object, an array, a string, a number, true, false or null")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        var lines: [String: Int] = [:]
        position += 1
        skipWhitespace()
        if skip("}") { return [] }
        while true {
            guard current == UInt8(ascii: "\"") else {
                throw error("a name in double quotes is expected here")
            }
            let keyLine = line
            let key = try string()
            guard key.utf8.count <= Self.nameBytesMax else {
                throw error("a key is longer than \(Self.nameBytesMax) bytes")
            }
            if let first = lines.updateValue(keyLine, forKey: key) {
                throw JSONError(
                    line: keyLine,
                    message: "the key \(PrintableText.quoted(key)) is here again, first in line \(first)")
            }
            skipWhitespace()
            guard skip(":") else { throw error("a colon is expected after a name") }
            skipWhitespace()
            let node = try value(depth: depth + 1)
            members.append(JSONNode.Member(name: key, nameLine: keyLine, node: node))
            skipWhitespace()
            if skip("}") { return members }
            guard skip(",") else { throw error("a comma or `}` is expected here") }
            skipWhitespace()
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONNode] {
        var elements: [JSONNode] = []
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

    private mutating func string() throws(JSONError) -> String {
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

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
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
    private mutating func unicodeEscape() throws(JSONError) -> Character {
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

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
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

    private mutating func number() throws(JSONError) -> String {
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
