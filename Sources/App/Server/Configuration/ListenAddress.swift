/// Where a listener binds, as `host:port`.
package struct ListenAddress: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without its brackets, or a name; nil for every address of the
    /// machine.
    package let host: String?
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `:8443`, `127.0.0.1:8443`, `[::1]:8443` or `name:8443`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        let host = text[..<colon]
        if host.isEmpty {
            self.init(host: nil, port: port)
            return
        }
        if host.first == "[" {
            let inner = host.dropFirst().dropLast()
            guard host.last == "]", inner.utf8.contains(0x3A), inner.utf8.allSatisfy(Self.isAddressByte)
            else { return nil }
            self.init(host: String(inner), port: port)
            return
        }
        guard host.utf8.count <= 253, host.utf8.allSatisfy(Self.isNameByte), host.first != "-",
            host.first != "."
        else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    /// Hexadecimal digits, colons, the dots of an embedded IPv4 address, and a zone after `%`.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == 0x3A || byte == 0x25
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        guard let host else { return ":\(port)" }
        return host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
