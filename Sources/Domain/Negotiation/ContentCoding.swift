/// How a representation may be packed on its way to the client (RFC 9110 section 8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    /// RFC 8878.
    case zstd
    /// RFC 1952.
    case gzip

    /// The coding that a client likes best among those that are offered; nil to send the representation as it
    /// is (RFC 9110 section 12.5.3). `offered` is in the order of the server's own preference, which decides
    /// between codings that the client likes alike.
    ///
    /// A field that cannot be read counts as none: what is sent plainly can be read by everybody. So does one
    /// that refuses everything, which the RFC allows.
    package static func choose(accepting field: String?, from offered: [ContentCoding]) -> ContentCoding? {
        guard let field, let list = parse(field) else { return nil }
        func weight(_ names: [String]) -> Int? {
            list.last { names.contains($0.name) }?.weight
        }
        let wildcard = weight(["*"])
        // Plain is the last resort unless it is named.
        let plain = weight(["identity"]) ?? 0
        var best: (coding: ContentCoding, weight: Int)?
        for coding in offered {
            let own = weight(coding == .gzip ? ["gzip", "x-gzip"] : [coding.rawValue]) ?? wildcard ?? 0
            if own > 0, own >= plain, own > best?.weight ?? 0 { best = (coding, own) }
        }
        return best?.coding
    }

    /// Names in lower case with their weights in thousandths; nil when it is no list of codings.
    private static func parse(_ field: String) -> [(name: String, weight: Int)]? {
        var scanner = FieldScanner(field)
        var list: [(name: String, weight: Int)] = []
        while true {
            scanner.skipWhitespace()
            if scanner.isAtEnd { return list }
            if scanner.skip(",") { continue }
            guard let name = scanner.token(), list.count < Limits.acceptedCodingsMax else { return nil }
            scanner.skipWhitespace()
            var weight = 1000
            if scanner.skip(";") {
                scanner.skipWhitespace()
                guard scanner.word() == "q", scanner.skip("="), let given = scanner.weight() else {
                    return nil
                }
                weight = given
                scanner.skipWhitespace()
            }
            list.append((name.lowercased(), weight))
            guard scanner.isAtEnd || scanner.skip(",") else { return nil }
        }
    }
}

extension FieldScanner {
    /// A quality value of RFC 9110 section 12.4.2 in thousandths: `0` or `1`, and up to three digits behind a
    /// point.
    mutating func weight() -> Int? {
        let whole: Int
        if skip("0") { whole = 0 } else if skip("1") { whole = 1000 } else { return nil }
        guard skip(".") else { return whole }
        let digits = word().utf8
        guard digits.count <= 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        var fraction = 0
        for digit in digits { fraction = fraction * 10 + Int(digit - 0x30) }
        for _ in digits.count..<3 { fraction *= 10 }
        return whole + fraction <= 1000 ? whole + fraction : nil
    }
}
