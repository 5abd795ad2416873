/// Where a client comes from, as far as limits can tell clients apart: an IPv4 address, or the /64 of an IPv6
/// address, since whoever has one address of a /64 mostly has all of them (RFC 6177).
package struct ClientNetwork: Hashable, Sendable {
    private let bits: UInt64
    private let isVersion6: Bool

    /// Everybody whose address cannot be read, such as over a socket without one.
    package static let unknown = ClientNetwork(bits: 0, isVersion6: true)

    private init(bits: UInt64, isVersion6: Bool) {
        self.bits = bits
        self.isVersion6 = isVersion6
    }

    /// Reads what inet_ntop(3) writes, and an IPv4 address in IPv6 clothes as what it is.
    package init(address: String) {
        if let four = Self.version4(address[...]) {
            self.init(bits: UInt64(four), isVersion6: false)
        } else if let groups = Self.version6(address.prefix { $0 != "%" }) {
            if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
                self.init(bits: UInt64(groups[6]) << 16 | UInt64(groups[7]), isVersion6: false)
            } else {
                self.init(bits: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }, isVersion6: true)
            }
        } else {
            self = .unknown
        }
    }

    private static func version4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return nil
            }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    /// The eight groups (RFC 4291 section 2.2).
    private static func version6(_ text: Substring) -> [UInt16]? {
        var halves: [[UInt16]] = [[]]
        var rest = text
        while !rest.isEmpty {
            if rest.hasPrefix("::") {
                guard halves.count == 1 else { return nil }
                halves.append([])
                rest = rest.dropFirst(2)
                continue
            }
            let word = rest.prefix { $0 != ":" }
            if word.contains(".") {
                guard let four = version4(word), word.endIndex == rest.endIndex else { return nil }
                halves[halves.count - 1] += [UInt16(four >> 16), UInt16(truncatingIfNeeded: four)]
            } else {
                guard word.utf8.count <= 4, let group = UInt16(word, radix: 16) else { return nil }
                halves[halves.count - 1].append(group)
            }
            rest = rest[word.endIndex...]
            if rest.hasPrefix(":"), !rest.hasPrefix("::") {
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
            }
        }
        let written = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 1 ? written == 8 : written < 8 else { return nil }
        return halves[0] + [UInt16](repeating: 0, count: 8 - written) + (halves.count == 2 ? halves[1] : [])
    }
}
