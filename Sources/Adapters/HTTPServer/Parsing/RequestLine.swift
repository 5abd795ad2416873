private import Glibc
import Ports

/// The first line of a request (RFC 9112 section 3), checked.
struct RequestLine {
    var method = HTTPMethod.get
    /// In origin form, or `*`.
    var target = ""
    /// What the target in absolute form names as its host, which counts instead of the Host field (RFC 9112
    /// section 3.2.2).
    var authority: String?
    var isVersion11 = true

    init() {}

    /// Refuses at once what cannot become a request: TLS on a plain port, binary protocols.
    static func checkFirstByte(_ byte: UInt8) throws(HTTPRefusal) {
        guard byte != .carriageReturn, byte != .lineFeed else { return }
        guard ByteClass.Lookup().contains(byte, .token) else { throw .badMethod }
    }

    /// One space each between method, target and version; nothing else.
    init(_ line: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) {
        let lookup = ByteClass.Lookup()
        guard let methodEnd = line.firstIndex(of: .space) else { throw .badRequestLine }
        let method = line[..<methodEnd]
        guard !method.isEmpty, lookup.all(method, .token) else { throw .badMethod }
        let rest = line[(methodEnd + 1)...]
        guard let targetEnd = rest.firstIndex(of: .space) else { throw .badRequestLine }
        let target = rest[..<targetEnd]
        guard !target.isEmpty else { throw .badRequestLine }
        isVersion11 = try Self.version(rest[(targetEnd + 1)...])
        guard method.count <= HTTP1Limits.methodMaxBytes else { throw .unknownMethod }
        self.method = HTTPMethod(token: String(decoding: method, as: UTF8.self))
        if case .other("CONNECT") = self.method { throw .unknownMethod }
        try setTarget(target, lookup)
    }

    private static func version(_ text: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) -> Bool {
        guard text.count == 8, let base = UnsafeRawBufferPointer(rebasing: text).baseAddress,
            memcmp(base, "HTTP/", 5) == 0
        else { throw .badVersion }
        let (major, point, minor) = (
            text[text.startIndex + 5], text[text.startIndex + 6], text[text.startIndex + 7]
        )
        let lookup = ByteClass.Lookup()
        guard lookup.contains(major, .digit), lookup.contains(minor, .digit), point == UInt8(ascii: ".")
        else {
            throw .badVersion
        }
        guard major == UInt8(ascii: "1"), minor <= UInt8(ascii: "1") else { throw .unknownVersion }
        return minor == UInt8(ascii: "1")
    }

    private mutating func setTarget(
        _ text: Slice<UnsafeRawBufferPointer>, _ lookup: ByteClass.Lookup
    ) throws(HTTPRefusal) {
        if text.first == UInt8(ascii: "/") {
            guard lookup.all(text, .target) else { throw .badTarget }
            target = String(decoding: text, as: UTF8.self)
        } else if text.count == 1, text.first == UInt8(ascii: "*") {
            guard method == .options else { throw .badTargetForm }
            target = "*"
        } else {
            try setAbsoluteTarget(text, lookup)
        }
    }

    /// `http://host:port/path?query`; the scheme is one of two, user information is refused (RFC 9110 section
    /// 4.2.4).
    private mutating func setAbsoluteTarget(
        _ text: Slice<UnsafeRawBufferPointer>, _ lookup: ByteClass.Lookup
    ) throws(HTTPRefusal) {
        let schemes: [StaticString] = ["http://", "https://"]
        let scheme = schemes.first { text.prefix($0.utf8CodeUnitCount).equalsIgnoringCase($0) }
        guard let scheme else { throw .badTargetForm }
        let rest = text.dropFirst(scheme.utf8CodeUnitCount)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = rest[..<end]
        guard HostSyntax.isValid(authority) else { throw .badHost }
        self.authority = String(decoding: authority, as: UTF8.self)
        let remainder = rest[end...]
        guard lookup.all(remainder, .target) else { throw .badTarget }
        let tail = String(decoding: remainder, as: UTF8.self)
        if remainder.isEmpty {
            target = method == .options ? "*" : "/"
        } else {
            target = remainder.first == UInt8(ascii: "/") ? tail : "/" + tail
        }
    }
}
