/// A media type with its parameters, as RFC 9110 section 8.3.1 spells it; kept as the client wrote it.
package struct MediaType: Hashable, Sendable {
    package let text: String

    package static let binary = MediaType(stored: "application/octet-stream")

    /// Nil for what is not `type/subtype` of tokens followed by well-formed parameters, has other than
    /// visible ASCII and spaces, or is too long.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.mediaTypeBytesMax,
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        var scanner = FieldScanner(text)
        guard scanner.token() != nil, scanner.skip("/"), scanner.token() != nil else { return nil }
        scanner.skipWhitespace()
        while !scanner.isAtEnd {
            guard scanner.skip(";") else { return nil }
            scanner.skipWhitespace()
            if scanner.token() != nil {
                guard scanner.skip("="), scanner.token() != nil || scanner.skipQuotedString() else {
                    return nil
                }
                scanner.skipWhitespace()
            }
        }
        self.text = text
    }

    /// A value that was validated before it was stored.
    package init(stored text: String) { self.text = text }

    /// `type/subtype` in lower case.
    package var essence: String {
        let end = text.utf8.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") } ?? text.endIndex
        return text[..<end].lowercased()
    }
}
