/// What media types a client takes, and how gladly: the value of `Accept` (RFC 9110 section 12.5.1).
package struct AcceptedMedia: Sendable, Equatable {
    /// One element of the list, such as `text/*;q=0.5`.
    package struct MediaRange: Sendable, Equatable {
        /// In lower case; `*` for any.
        package let type: String
        package let subtype: String
        /// In thousandths.
        package let weight: Int

        package init(type: String, subtype: String, weight: Int) {
            self.type = type
            self.subtype = subtype
            self.weight = weight
        }
    }

    package let ranges: [MediaRange]

    /// Nil for what is no list of media ranges, or has more than `Limits.acceptedMediaMax`. Empty elements
    /// are passed over (section 5.6.1.2). Parameters other than `q` are read and count for nothing: no type
    /// that is chosen from here has any.
    package init?(parsing field: String) {
        var scanner = FieldScanner(field)
        var ranges: [MediaRange] = []
        while true {
            scanner.skipWhitespace()
            if scanner.isAtEnd { break }
            if scanner.skip(",") { continue }
            guard ranges.count < Limits.acceptedMediaMax, let range = Self.range(&scanner) else { return nil }
            ranges.append(range)
            guard scanner.isAtEnd || scanner.skip(",") else { return nil }
        }
        self.ranges = ranges
    }

    private static func range(_ scanner: inout FieldScanner) -> MediaRange? {
        guard let type = scanner.token(), scanner.skip("/"), let subtype = scanner.token() else { return nil }
        guard type != "*" || subtype == "*" else { return nil }
        var weight = 1000
        scanner.skipWhitespace()
        while scanner.skip(";") {
            scanner.skipWhitespace()
            // Between two semicolons, and behind the last one, there may be nothing (section 5.6.6).
            guard let name = scanner.token() else { continue }
            guard scanner.skip("=") else { return nil }
            if name.lowercased() == "q" {
                guard let given = scanner.weight() else { return nil }
                weight = given
            } else {
                guard scanner.token() != nil || scanner.skipQuotedString() else { return nil }
            }
            scanner.skipWhitespace()
        }
        return MediaRange(type: type.lowercased(), subtype: subtype.lowercased(), weight: weight)
    }

    /// How gladly the client takes `type/subtype`, in lower case, in thousandths: what the most particular of
    /// the ranges that match says, of equally particular ones the most. 0 where none matches.
    package func weight(of mediaType: String) -> Int {
        named(mediaType) ?? most { mediaType.hasPrefix($0.type + "/") && $0.subtype == "*" }
            ?? most { $0.type == "*" } ?? 0
    }

    /// What the client says of this very type; nil when it is not named.
    private func named(_ mediaType: String) -> Int? { most { $0.type + "/" + $0.subtype == mediaType } }

    private func most(_ isMeant: (MediaRange) -> Bool) -> Int? {
        ranges.lazy.filter(isMeant).map(\.weight).max()
    }

    /// Whether an answer takes the form of `special` and not that of `usual`: the client must name it, and
    /// take it as gladly as the usual one. A wildcard asks for nothing in particular, and so does a field
    /// that is missing or cannot be read. A client that takes neither gets the usual one, as the RFC
    /// allows.
    package static func prefers(_ special: String, over usual: String, accepting field: String?) -> Bool {
        guard let field, let accepted = AcceptedMedia(parsing: field), let weight = accepted.named(special)
        else { return false }
        return weight > 0 && weight >= accepted.weight(of: usual)
    }
}
