/// Looks elements up in the small documents that object stores answer with. No attributes, no namespaces, no
/// nesting of an element in one of its own name: such documents have none, and what is not found counts as
/// not said.
struct XMLDocument {
    private let text: Substring

    init(_ text: some StringProtocol) { self.text = Substring(text) }

    /// The elements of this name, in order.
    func all(_ name: String) -> [XMLDocument] {
        var found: [XMLDocument] = []
        var rest = text
        while let start = Self.opening(of: name, in: rest) {
            rest = rest[start...]
            guard let end = rest.firstRange(of: "</\(name)>") else { break }
            found.append(XMLDocument(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return found
    }

    /// The text of the first element of this name; nil when there is none.
    func first(_ name: String) -> String? { all(name).first?.plainText }

    /// Where the content of the next element of this name begins; its tag may have attributes.
    private static func opening(of name: String, in text: Substring) -> Substring.Index? {
        var rest = text
        while let tag = rest.firstRange(of: "<\(name)") {
            rest = rest[tag.upperBound...]
            guard let next = rest.first, next == ">" || next.isWhitespace else { continue }
            guard let end = rest.firstIndex(of: ">") else { return nil }
            return rest.index(after: end)
        }
        return nil
    }

    /// With the predefined entities and numeric references of XML read (XML 1.0, sections 4.1 and 4.6).
    private var plainText: String {
        var plain = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            plain += rest[..<start]
            rest = rest[start...]
            guard let end = rest.prefix(Self.referenceLengthMax).firstIndex(of: ";"),
                let character = Self.character(rest[rest.index(after: start)..<end])
            else {
                plain.append("&")
                rest = rest.dropFirst()
                continue
            }
            plain.unicodeScalars.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }

    private static let referenceLengthMax = 12

    private static func character(_ reference: Substring) -> Unicode.Scalar? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard reference.hasPrefix("#") else { return nil }
            let digits = reference.dropFirst()
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap(Unicode.Scalar.init)
        }
    }
}
