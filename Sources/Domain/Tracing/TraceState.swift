/// What tracing systems pass along with a trace: `key=value` pairs in the order in which they touched it.
/// Never looked into here (W3C Trace Context, Level 2, section 3.3).
package struct TraceState: Sendable, Equatable {
    /// As it is sent on.
    package let text: String

    /// More members are not passed on by anybody (section 3.3.1.1).
    package static let membersMax = 32
    /// At least 512 characters should be passed on (section 3.3.1.5); a client's longer ones are not this
    /// server's burden.
    package static let bytesMax = 2_048

    /// Nil when a member is malformed, a key is there twice, or there are too many: then all of it is
    /// dropped.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        var keys: Set<String> = []
        var members: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let member = Self.trimmed(part)
            // Empty members are allowed, since fields that are joined leave them.
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let key = member[..<equals]
            let value = member[member.index(after: equals)...]
            guard Self.isKey(key), Self.isValue(value), keys.insert(String(Substring(key))).inserted,
                members.count < Self.membersMax
            else { return nil }
            members.append(String(Substring(member)))
        }
        guard !members.isEmpty else { return nil }
        self.text = members.joined(separator: ",")
    }

    private static func trimmed(_ part: Substring.UTF8View) -> Substring.UTF8View {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var rest = part.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }

    /// Lower case, digits and `_-*/@`, beginning with a letter or a digit, up to 256 (section 3.3.1.3.1).
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard let first = key.first, key.count <= 256, isLetterOrDigit(first) else { return false }
        return key.allSatisfy { isLetterOrDigit($0) || "_-*/@".utf8.contains($0) }
    }

    /// Printable ASCII but `,` and `=`, up to 256, not ending in a blank (section 3.3.1.3.2).
    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        guard let last = value.last, value.count <= 256, last != 0x20 else { return false }
        return value.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
