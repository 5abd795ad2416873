/// The grammar of what may follow a chunk's size: `*( BWS ";" BWS name [ BWS "=" BWS value ] )` (RFC 9112
/// section 7.1.1). Extensions mean nothing here; loose reading of them has hidden requests from other
/// parsers.
enum ChunkExtensions {
    static func areValid(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        let lookup = ByteClass.Lookup()
        var rest = text
        while !rest.isEmpty {
            rest = skipSpace(rest)
            guard rest.first == UInt8(ascii: ";") else { return false }
            rest = skipSpace(rest.dropFirst())
            guard let afterName = skipToken(rest, lookup) else { return false }
            rest = afterName
            let next = skipSpace(rest)
            guard next.first == UInt8(ascii: "=") else { continue }
            rest = skipSpace(next.dropFirst())
            guard let afterValue = skipToken(rest, lookup) ?? skipQuoted(rest, lookup) else { return false }
            rest = afterValue
        }
        return true
    }

    private typealias Bytes = Slice<UnsafeRawBufferPointer>

    private static func skipSpace(_ text: Bytes) -> Bytes { text.drop { $0 == .space || $0 == .tab } }

    private static func skipToken(_ text: Bytes, _ lookup: ByteClass.Lookup) -> Bytes? {
        let rest = text.drop { lookup.contains($0, .token) }
        return rest.startIndex > text.startIndex ? rest : nil
    }

    private static func skipQuoted(_ text: Bytes, _ lookup: ByteClass.Lookup) -> Bytes? {
        guard text.first == UInt8(ascii: "\"") else { return nil }
        var position = text.startIndex + 1
        while position < text.endIndex {
            let byte = text[position]
            guard lookup.contains(byte, .fieldValue) else { return nil }
            if byte == UInt8(ascii: "\"") { return text[(position + 1)...] }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
