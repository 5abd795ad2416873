/// What a client that speaks HTTP/2 sends first (RFC 9113 section 3.4), chosen so that no request of HTTP/1.1
/// begins like it.
enum HTTP2Preface {
    enum Comparison { case whole, part, other }

    private static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// Whether `bytes` begin with the preface or with a part of it.
    static func compare(_ bytes: UnsafeRawBufferPointer) -> Comparison {
        let preface = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard zip(preface, bytes).allSatisfy({ $0 == $1 }) else { return .other }
        return bytes.count >= preface.count ? .whole : .part
    }
}
