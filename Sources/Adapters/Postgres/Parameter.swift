import Domain

/// A value that goes with a statement. Bytes go as they are, everything else as text.
enum Parameter: Sendable {
    case text(String)
    case bytes([UInt8])
    case null

    static func number(_ value: some BinaryInteger) -> Parameter { .text(String(value)) }
    static func identifier(_ value: some TypedIdentifier) -> Parameter { .text(value.description) }
    static func flag(_ value: Bool) -> Parameter { .text(value ? "t" : "f") }
    static func optional(_ text: String?) -> Parameter { text.map(Parameter.text) ?? .null }

    /// An array, each element in quotes (postgresql.org/docs/15/arrays.html, section 8.15.6).
    static func array(_ elements: some Sequence<String>) -> Parameter {
        var text = "{"
        for element in elements {
            if text.utf8.count > 1 { text += "," }
            text += "\""
            for character in element.unicodeScalars {
                if character == "\"" || character == "\\" { text += "\\" }
                text.unicodeScalars.append(character)
            }
            text += "\""
        }
        return .text(text + "}")
    }
}

extension UInt64 {
    /// The same bits, for a column that is not compared.
    var asColumn: Int64 { Int64(bitPattern: self) }
    /// In the same order as the numbers themselves.
    var asOrderedColumn: Int64 { Int64(bitPattern: self ^ 1 << 63) }

    init(ordered column: Int64) { self = UInt64(bitPattern: column) ^ 1 << 63 }
}
