/// Where a server listens: `:8443` (all addresses), `127.0.0.1:0` (a port that the kernel chooses),
/// `[::1]:8443`, `host:8443`.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// A name or a numeric address; nil is all addresses of this machine.
    package let host: String?
    package let port: UInt16

    package init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Nil for what is none.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text[text.utf8.index(after: colon)...]
        guard !digits.isEmpty,
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        self.port = port
        let written = text[..<colon]
        if written.isEmpty {
            host = nil
        } else if written.hasPrefix("[") {
            let inner = written.dropFirst().dropLast()
            guard written.hasSuffix("]"), inner.utf8.contains(UInt8(ascii: ":")) else { return nil }
            host = String(inner)
        } else {
            guard !written.utf8.contains(UInt8(ascii: ":")) else { return nil }
            host = String(written)
        }
    }

    package var description: String {
        guard let host else { return ":\(port)" }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Why a server cannot listen. The description is one sentence for whoever starts it.
package enum ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another program listens there.
    case addressInUse(ListenAddress)
    /// A port below 1024 without the right to it.
    case permissionDenied(ListenAddress)
    /// No address of this machine, or no such host.
    case noSuchAddress(ListenAddress)
    case kernelRefused(ListenAddress, errorNumber: Int32)

    package var description: String {
        switch self {
        case .addressInUse(let address):
            "another program listens on \(address): stop it or choose another port"
        case .permissionDenied(let address):
            "this user may not listen on \(address): choose a port from 1024 on or grant CAP_NET_BIND_SERVICE"
        case .noSuchAddress(let address):
            "\(address) is no address of this machine: give one that it has, or only a port as in :8443"
        case .kernelRefused(let address, let errorNumber):
            "the system cannot listen on \(address) (error \(errorNumber))"
        }
    }
}
