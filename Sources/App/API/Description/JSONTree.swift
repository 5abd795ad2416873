/// A JSON value built in code, with the members of an object in the order they were written.
indirect enum JSONTree: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        let name: String
        let value: JSONTree
    }

    case text(String)
    case integer(Int)
    case truth(Bool)
    case array([JSONTree])
    case object([Member])

    /// This object with further members; of an equal name the later stays.
    func adding(_ name: String, _ value: JSONTree) -> JSONTree {
        guard case .object(let members) = self else { preconditionFailure("only objects have members") }
        return .object(members.filter { $0.name != name } + [Member(name: name, value: value)])
    }

    /// Indented by two spaces, so that a change of the document shows as a change of few lines.
    func text(indentedBy depth: Int = 0) -> String {
        let inner = String(repeating: "  ", count: depth + 1)
        let outer = String(repeating: "  ", count: depth)
        switch self {
        case .text(let text): return Self.quoted(text)
        case .integer(let number): return String(number)
        case .truth(let truth): return truth ? "true" : "false"
        case .array(let values):
            if values.isEmpty { return "[]" }
            let lines = values.map { inner + $0.text(indentedBy: depth + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + outer + "]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map {
                inner + Self.quoted($0.name) + ": " + $0.value.text(indentedBy: depth + 1)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + outer + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter(reserving: text.utf8.count + 2)
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .text(value) }
}

extension JSONTree: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSONTree: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .truth(value) }
}

extension JSONTree: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
}

extension JSONTree: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
