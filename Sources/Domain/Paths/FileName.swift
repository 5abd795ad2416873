/// One name in a directory: 1 to 255 bytes of valid UTF-8, without `/`, NUL, control or bidirectional-control
/// characters or a backslash, and neither `.` nor `..`.
///
/// Compared and ordered by its bytes, as Linux does; no Unicode normalization ever changes a name.
package struct FileName: Hashable, Sendable {
    package let text: String

    /// Refuses with the rule that the name breaks.
    package init(_ text: String) throws(PathRefusal) {
        if let broken = PathRules.brokenRule(ofName: text) { throw PathRefusal(rule: broken) }
        self.text = text
    }

    /// The same, of bytes that are known to be valid UTF-8.
    init(validUTF8 bytes: Span<UInt8>) throws(PathRefusal) {
        if let broken = PathRules.brokenRule(ofName: bytes) { throw PathRefusal(rule: broken) }
        text = String(copying: UTF8Span(unchecked: bytes))
    }

    /// A name that was validated before it was stored.
    package init(validated text: String) {
        assert(PathRules.brokenRule(ofName: text) == nil)
        self.text = text
    }
}

extension FileName: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        // Swift orders strings by canonical equivalence; directories are ordered by bytes.
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    // Not the strings themselves: Swift compares those by canonical equivalence.
    package static func == (left: Self, right: Self) -> Bool {
        let (left, right) = (left.text.utf8.span, right.text.utf8.span)
        return left.count == right.count && left.indices.allSatisfy { left[$0] == right[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        let hashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if hashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
        hasher.combine(0xFF as UInt8)
    }
}

extension FileName: CustomStringConvertible {
    package var description: String { text }
}
