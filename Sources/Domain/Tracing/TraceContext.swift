/// Where a request stands in a trace that spans several programs: W3C Trace Context, Level 2
/// (https://www.w3.org/TR/trace-context-2).
///
/// What a caller sends is a hint that nothing but logs depends on. Kept as numbers, since every request
/// has one.
package struct TraceContext: Sendable, Equatable {
    /// The 128 bits that name the whole trace; not all zero.
    package let high: UInt64
    package let low: UInt64
    /// The caller's span; nil when the trace begins here.
    package let parent: UInt64?
    /// `sampled` and `random-trace-id`; other bits are not passed on (section 3.2.2.5).
    package let flags: UInt8
    /// The `tracestate` of the caller, passed on unchanged; nil when there was none or none that could be
    /// read.
    package let state: TraceState?

    package static let sampled: UInt8 = 0b01
    package static let randomTraceID: UInt8 = 0b10

    /// What a caller sent; nil when it is not well-formed, and then a trace begins here (section 4.3). Of
    /// `traceparent` there is one; the values of several `tracestate` fields are joined by commas.
    package init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        // version "-" trace-id "-" parent-id "-" trace-flags
        guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = Self.word(bytes[0..<2]), version != 0xFF,
            let high = Self.word(bytes[3..<19]), let low = Self.word(bytes[19..<35]),
            let parent = Self.word(bytes[36..<52]), let flags = Self.word(bytes[53..<55]),
            high | low != 0, parent != 0
        else { return nil }
        // A higher version may carry more behind another dash; version 00 has nothing there.
        if bytes.count > 55 {
            guard version > 0, bytes[55] == UInt8(ascii: "-") else { return nil }
        }
        self.high = high
        self.low = low
        self.parent = parent
        self.flags = UInt8(flags) & (Self.sampled | Self.randomTraceID)
        state = tracestate.flatMap(TraceState.init)
    }

    /// A trace that begins here, of 128 random bits.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        // All zeros would say that there is none.
        self.low = high | low == 0 ? 1 : low
        parent = nil
        flags = Self.randomTraceID
        state = nil
    }

    /// As logs and `traceparent` write it: 32 lowercase hexadecimal digits.
    package var traceID: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            Self.write(high, to: digits, at: 0)
            Self.write(low, to: digits, at: 16)
            return 32
        }
    }

    /// The field to send, with the sender's own span as the parent; always in version 00. `state` goes along
    /// as `tracestate`.
    package func traceparent(span: UInt64) -> String {
        let spanID = String(unsafeUninitializedCapacity: 16) { digits in
            Self.write(max(1, span), to: digits, at: 0)
            return 16
        }
        return "00-\(traceID)-\(spanID)-0\(flags)"
    }

    /// Lowercase hexadecimal digits as a number, at most 16; upper case is not allowed (section 3.2.2).
    private static func word(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var word: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: word = word << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: word = word << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return word
    }

    private static func write(_ word: UInt64, to digits: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for place in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * place)) & 15
            digits[start + place] = nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10
        }
    }
}
