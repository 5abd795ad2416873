/// Percent-encoding of RFC 3986 section 2.1.
package enum PercentEncoding {
    /// Decodes once. Refuses a broken escape, bytes that are not UTF-8, and an encoded slash: the one who
    /// wrote `%2F` meant it as part of a name, which no Linux name can hold.
    package static func decode(_ text: some StringProtocol) throws(PathRefusal) -> String {
        try decode(text, refusingSlash: true)
    }

    /// Decodes a part of a query once. Slashes may be encoded there, and `+` means itself.
    package static func decode(query text: some StringProtocol) throws(PathRefusal) -> String {
        try decode(text, refusingSlash: false)
    }

    private static func decode(
        _ text: some StringProtocol, refusingSlash: Bool
    ) throws(PathRefusal) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexadecimalValue),
                let low = iterator.next().flatMap(hexadecimalValue)
            else { throw PathRefusal(rule: .brokenPercentEncoding) }
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
        path.names.isEmpty ? "/" : path.names.reduce(into: "") { $0 += "/" + encode(segment: $1.text) }
    }

    /// Encodes everything but unreserved characters and `/` in the target of a symbolic link.
    package static func encode(target: String) -> String {
        target.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { encode(segment: String(Substring($0))) }.joined(separator: "/")
    }

    /// Encodes everything but unreserved characters (RFC 3986 section 2.3).
    package static func encode(segment: String) -> String {
        var result = ""
        for byte in segment.utf8 {
            if isUnreserved(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
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
