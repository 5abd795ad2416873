private import Glibc

/// Finds lines that end with CR LF, and nothing else: a bare CR or LF is where two parsers disagree about
/// what a message is (RFC 9112 section 2.2).
///
/// What is found depends on the bytes only, never on how many of them have come so far: the finding is the
/// one of the shortest prefix that has one.
enum LineScanner {
    enum Finding {
        /// The line without its end, and where the next one starts.
        case line(Range<Int>, next: Int)
        case incomplete
        case bareCarriageReturn
        case bareLineFeed
        case tooLong
    }

    /// Looks at the line that starts at `start`, of at most `maximum` bytes with its end.
    static func scan(_ bytes: UnsafeRawBufferPointer, from start: Int, maximum: Int) -> Finding {
        let available = min(bytes.count - start, maximum)
        guard available > 0, let base = bytes.baseAddress else { return maximum > 0 ? .incomplete : .tooLong }
        let found = memchr(base + start, Int32(UInt8.lineFeed), available)
        let end = found.map { UnsafeRawPointer($0) - base } ?? start + available
        if let mark = memchr(base + start, Int32(UInt8.carriageReturn), end - start) {
            let position = UnsafeRawPointer(mark) - base
            if position < end - 1 { return .bareCarriageReturn }
            if found != nil { return .line(start..<position, next: end + 1) }
        } else if found != nil {
            return .bareLineFeed
        }
        return available == maximum ? .tooLong : .incomplete
    }
}
