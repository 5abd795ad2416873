/// A media type with its parameters, as RFC 9110 section 8.3.1 spells it; kept as the client wrote it.
package struct MediaType: Hashable, Sendable {
    package let text: String

    package static let binary = MediaType(stored: "application/octet-stream")

    /// Nil for what is not `type/subtype` of tokens followed by well-formed parameters, or is too long.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.mediaTypeBytesMax else { return nil }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let essence = Self.trimmed(parts[0]).split(separator: "/", omittingEmptySubsequences: false)
        guard essence.count == 2, essence.allSatisfy(Self.isToken) else { return nil }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        for parameter in parts.dropFirst() {
            let trimmed = Self.trimmed(parameter)
            if trimmed.isEmpty { continue }
            guard let equals = trimmed.firstIndex(of: "="), Self.isToken(trimmed[..<equals]) else {
                return nil
            }
        }
        self.text = text
    }

    /// A value that was validated before it was stored.
    package init(stored text: String) { self.text = text }

    /// `type/subtype` in lower case.
    package var essence: String {
        Self.trimmed(text.split(separator: ";", omittingEmptySubsequences: false)[0]).lowercased()
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.firstIndex { $0 != " " && $0 != "\t" } ?? text.endIndex
        let rest = text[start...]
        guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return rest }
        return rest[...last]
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
                    UInt8(ascii: "&"),
                    UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                    UInt8(ascii: "."),
                    UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"),
                    UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }
}
