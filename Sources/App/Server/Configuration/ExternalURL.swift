/// The shape of a base URL with an optional scheme: `localhost:8443`, `https://files.example.com/base/`.
enum ExternalURL {
    /// A host with an optional port and path. No user, query or fragment, which a base has no use for, and
    /// which would carry passwords into answers and logs.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= bytesMax else { return false }
        let rest = withoutScheme(text)
        let authority = rest.prefix { $0 != "/" }
        let isPlain = rest.utf8.allSatisfy { (0x21...0x7E).contains($0) && !forbidden.contains($0) }
        guard isPlain, !authority.isEmpty else { return false }
        // `ListenAddress` knows hosts; any port will do to ask it.
        return ListenAddress(String(authority)).map { $0.host != nil } ?? false
            || ListenAddress(authority + ":0").map { $0.host != nil } ?? false
    }

    static func withoutTrailingSlash(_ text: String) -> String {
        text.last == "/" ? String(text.dropLast()) : text
    }

    private static func withoutScheme(_ text: String) -> Substring {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return text.dropFirst(scheme.count)
        }
        return text[...]
    }

    /// `@ ? # " < > \ ^ { | }` and the backquote; and the semicolon, at which the path of a cookie would end.
    private static let forbidden: Set<UInt8> = [
        0x3B, 0x40, 0x3F, 0x23, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x7B, 0x7C, 0x7D, 0x60,
    ]

    /// The usual bound of a URL's length.
    private static let bytesMax = 2048
}
