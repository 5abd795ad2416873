/// Percent-encoding of RFC 3986 section 2.1.
package enum PercentEncoding {
    /// Decodes once. Refuses a broken escape, bytes that are not UTF-8, and an encoded slash: the one who
    /// wrote `%2F` meant it as part of a name, which no Linux name can hold.
    package static func decode(_ text: Substring) throws(PathRefusal) -> String {
        try decode(text, refusingSlash: true)
    }

    package static func decode(_ text: String) throws(PathRefusal) -> String { try decode(text[...]) }

    /// Decodes a part of a query once. Slashes may be encoded there, and `+` means itself.
    package static func decode(query text: Substring) throws(PathRefusal) -> String {
        try decode(text, refusingSlash: false)
    }

    package static func decode(query text: String) throws(PathRefusal) -> String {
        try decode(query: text[...])
    }

    private static func decode(_ text: Substring, refusingSlash: Bool) throws(PathRefusal) -> String {
        let encoded = text.utf8.span
        guard encoded.indices.contains(where: { encoded[$0] == UInt8(ascii: "%") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var position = 0
        while position < encoded.count {
            let byte = encoded[position]
            position += 1
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard position + 1 < encoded.count, let high = hexadecimalValue(encoded[position]),
                let low = hexadecimalValue(encoded[position + 1])
            else { throw PathRefusal(rule: .brokenPercentEncoding) }
            position += 2
            let value = high << 4 | low
            if refusingSlash, value == UInt8(ascii: "/") { throw PathRefusal(rule: .encodedSlash) }
            bytes.append(value)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw PathRefusal(rule: .notUTF8)
        }
        return decoded
    }

    /// Encodes everything but unreserved characters and, in a path, `/`.
    package static func encode(path: FilePath) -> String {
        guard !path.names.isEmpty else { return "/" }
        var text = ""
        text.reserveCapacity(path.byteCount)
        for name in path.names {
            text += "/"
            text += encode(segment: name.text)
        }
        return text
    }

    /// Encodes everything but unreserved characters and `/` in the target of a symbolic link.
    package static func encode(target: String) -> String {
        target.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { encode(segment: String(Substring($0))) }.joined(separator: "/")
    }

    /// Encodes everything but unreserved characters (RFC 3986 section 2.3).
    package static func encode(segment: String) -> String {
        let bytes = segment.utf8.span
        if bytes.indices.allSatisfy({ isUnreserved(bytes[$0]) }) { return segment }
        return String(unsafeUninitializedCapacity: bytes.count * 3) { text in
            var length = 0
            func put(_ byte: UInt8) {
                text[length] = byte
                length += 1
            }
            for position in bytes.indices {
                let byte = bytes[position]
                if isUnreserved(byte) {
                    put(byte)
                } else {
                    put(UInt8(ascii: "%"))
                    put(hexadecimalDigit(byte >> 4))
                    put(hexadecimalDigit(byte & 0xF))
                }
            }
            return length
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
