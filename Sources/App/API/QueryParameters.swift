import Domain

/// The query of a request: names and values, decoded once. What a route does not know is refused by name.
struct QueryParameters {
    private var values: [(name: String, value: String)] = []

    /// Parses `a=b&c`. Refuses broken escapes, names given twice and names outside `known`.
    init(_ query: Substring?, known: [String]) throws(ErrorAnswer) {
        guard let query, !query.isEmpty else { return }
        for part in query.split(separator: "&", omittingEmptySubsequences: true) {
            let equals = part.firstIndex(of: "=")
            let name = try Self.decode(part[..<(equals ?? part.endIndex)])
            let value = try equals.map { index throws(ErrorAnswer) in
                try Self.decode(part[part.index(after: index)...])
            }
            guard known.contains(name) else {
                throw .invalidRequest(
                    known.isEmpty
                        ? "There is no query parameter '\(name)' here."
                        : "There is no query parameter '\(name)' here, but: \(known.joined(separator: ", "))."
                )
            }
            guard !values.contains(where: { $0.name == name }) else {
                throw .invalidRequest("The query parameter '\(name)' is there twice.")
            }
            values.append((name, value ?? ""))
        }
    }

    /// Whether a query has a parameter of this name, before anything else of it is known to be right.
    static func names(_ name: String, in query: Substring?) -> Bool {
        guard let query else { return false }
        return query.split(separator: "&").contains { part in
            let given = part.prefix { $0 != "=" }
            return (try? decode(given)) == name
        }
    }

    subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }

    /// `true` or `false`; `value` when the name is not there.
    func flag(_ name: String, default value: Bool = false) throws(ErrorAnswer) -> Bool {
        switch self[name] {
        case nil: return value
        case "false": return false
        case "true": return true
        default: throw .invalidRequest("The query parameter '\(name)' is 'true' or 'false'.")
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(ErrorAnswer) -> Int {
        guard let text = self[name] else { return value }
        guard let number = Int(text), range.contains(number),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw .invalidRequest(
                "The query parameter '\(name)' is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func decode(_ text: Substring) throws(ErrorAnswer) -> String {
        do {
            return try PercentEncoding.decode(query: text)
        } catch {
            throw .invalidRequest("The query is not well percent-encoded UTF-8.")
        }
    }
}
