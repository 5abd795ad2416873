/// The grammar of `Host` (RFC 9110 section 7.2): a name or an address, and perhaps a port.
enum HostSyntax {
    /// Whether this is a host that a request can be for: not empty, no user information, no path.
    static func isValid(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        let lookup = ByteClass.Lookup()
        guard let first = text.first else { return false }
        let afterHost: Int
        if first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            guard isAddress(text[(text.startIndex + 1)..<end], lookup) else { return false }
            afterHost = end + 1
        } else {
            afterHost = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            guard isName(text[..<afterHost], lookup) else { return false }
        }
        let rest = text[afterHost...]
        return rest.isEmpty || (rest.first == UInt8(ascii: ":") && isPort(rest.dropFirst(), lookup))
    }

    /// `IPv6address`, roughly: what it names is for the client's resolver.
    private static func isAddress(_ text: Slice<UnsafeRawBufferPointer>, _ lookup: ByteClass.Lookup) -> Bool {
        (2...45).contains(text.count) && text.contains(UInt8(ascii: ":"))
            && text.allSatisfy {
                lookup.contains($0, .hexadecimal) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
    }

    private static func isName(_ text: Slice<UnsafeRawBufferPointer>, _ lookup: ByteClass.Lookup) -> Bool {
        guard !text.isEmpty, text.count <= 255, lookup.all(text, .host) else { return false }
        for position in text.startIndex..<text.endIndex where text[position] == UInt8(ascii: "%") {
            guard position + 2 < text.endIndex,
                lookup.all(text[(position + 1)...(position + 2)], .hexadecimal)
            else {
                return false
            }
        }
        return true
    }

    /// Empty, or at most 65535.
    private static func isPort(_ text: Slice<UnsafeRawBufferPointer>, _ lookup: ByteClass.Lookup) -> Bool {
        guard text.count <= 5, lookup.all(text, .digit) else { return false }
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65_535
    }
}
