/// A body that its consumer pulls: nothing is produced that nobody asked for, which is all the back-pressure
/// there is.
///
/// Confined to one task at a time. After an error or the end, every further call gives the same answer.
/// A call returns promptly once its task is cancelled.
package protocol ByteStream: AnyObject {
    /// Appends at least one byte to `buffer`, at most its `writableCount`, and returns how many; 0 is the
    /// end. The buffer has free space.
    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int

    /// Gives back what the stream holds (a descriptor, a connection) when the consumer stops early. Safe to
    /// repeat; not needed after the end or an error.
    func close()
}

extension ByteStream {
    package func close() {}
}

/// Why a body ended before its end.
package enum ByteStreamError: Error, Equatable, Sendable {
    /// The other side went away, or sent less than it had announced.
    case truncated
    /// The other side sent more than `limit` bytes.
    case tooLarge(limit: UInt64)
    /// The framing was broken (bad chunk size and the like).
    case malformed
    /// Nothing arrived for as long as an idle transfer is allowed to last.
    case timedOut
    /// The stored bytes are not what was stored: wrong size or digest.
    case corrupt
    /// The storage below failed; another attempt may succeed.
    case unavailable
    case cancelled
}

/// A body that is in memory already.
package final class BytesStream: ByteStream {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// A stream of `bytes[range]`, of all of them by default.
    package init(_ bytes: [UInt8], range: Range<Int>? = nil) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
        precondition(position >= 0)
        precondition(end <= bytes.count)
    }

    package func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = min(end - position, buffer.writableCount)
        guard count > 0 else { return 0 }
        bytes.withUnsafeBytes { all in
            _ = buffer.append(UnsafeRawBufferPointer(rebasing: all[position..<position + count]))
        }
        position += count
        return count
    }
}
