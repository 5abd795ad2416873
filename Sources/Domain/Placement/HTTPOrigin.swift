/// Where a server listens: scheme, host and port (RFC 6454), so that an address is read once and compared
/// as a value. Written `https://host:port`, the host in lower case, an IPv6 address in brackets.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    package let host: String
    package let port: UInt16

    package init?(isSecure: Bool, host: String, port: UInt16) {
        let isHost = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard isHost, (1...255).contains(host.utf8.count), port > 0 else { return nil }
        self.isSecure = isSecure
        self.host = host.lowercased()
        self.port = port
    }

    /// Reads `https://host`, `http://host:port` and the same with a slash at the end; nil for anything else:
    /// a path, a user or a query would have no meaning here.
    package init?(parsing text: String) {
        let isSecure: Bool
        var rest: Substring
        if text.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        if rest.last == "/" { rest = rest.dropLast() }
        let host: Substring
        let behind: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            guard host.contains(":") else { return nil }
            behind = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<end]
            behind = rest[end...]
        }
        var port: UInt16 = isSecure ? 443 : 80
        if !behind.isEmpty {
            let digits = behind.dropFirst()
            guard behind.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = UInt16(digits)
            else { return nil }
            port = given
        }
        self.init(isSecure: isSecure, host: String(host), port: port)
    }

    /// The value of a `Host` field: the port stands in it unless it is the scheme's own (RFC 9110 section
    /// 7.2).
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)"
    }
}
