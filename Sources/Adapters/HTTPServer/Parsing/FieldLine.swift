import Ports

/// One line `name: value` of a head or of trailers (RFC 9112 section 5).
enum FieldLine {
    typealias Bytes = Slice<UnsafeRawBufferPointer>

    /// The name in lower case, what it means, and the value without white space around it.
    static func parse(_ line: Bytes) throws(HTTPRefusal) -> (name: String, role: FieldRole, value: Bytes) {
        guard line.first != .space, line.first != .tab else { throw .foldedField }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .badFieldName }
        let lookup = ByteClass.Lookup()
        let name = line[..<colon]
        guard !name.isEmpty, lookup.all(name, .token) else { throw .badFieldName }
        let value = line[(colon + 1)...].trimmed
        guard lookup.all(value, .fieldValue) else { throw .badFieldValue }
        let (text, role) = withUnsafeTemporaryAllocation(byteCount: name.count, alignment: 1) { lower in
            var position = 0
            for byte in UnsafeRawBufferPointer(rebasing: name) {
                lower[position] = byte.lowercased
                position += 1
            }
            return FieldNames.resolve(UnsafeRawBufferPointer(rebasing: lower[..<name.count]))
        }
        return (text, role, value)
    }

    /// The value as text. Bytes beyond ASCII must be UTF-8: any guess would change them.
    static func text(_ value: Bytes) throws(HTTPRefusal) -> String {
        let bytes = UnsafeRawBufferPointer(rebasing: value).bindMemory(to: UInt8.self)
        do {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            throw .badFieldValue
        }
    }
}
