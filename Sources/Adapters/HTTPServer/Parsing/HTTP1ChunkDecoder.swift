package import Ports

/// Reads the frame of a chunked body (RFC 9112 section 7.1), not its content: a pure machine that says where
/// content is.
///
/// Trailers are checked and read over: nothing here has a use for them, and to merge them into the head is
/// unsafe.
package struct HTTP1ChunkDecoder {
    package enum Step: Equatable {
        /// All that could be used was; call again with the rest and more behind it.
        case needsMore
        /// The next `count` bytes are content; say with `didTake` how many of them were taken, then call
        /// again.
        case content(UInt64)
        /// The body and its trailers are over.
        case end
        case refused(HTTPRefusal)
    }

    private enum State {
        case size
        case content(UInt64)
        case contentEnd, trailers
    }

    private let limits: HTTP1Limits
    private var state = State.size
    private var extensionBytes = 0
    private var trailerBytes = 0

    package init(limits: HTTP1Limits) { self.limits = limits }

    /// Reads on, and says how many bytes of the front were used up by the frame.
    package mutating func decode(_ bytes: UnsafeRawBufferPointer) -> (consumed: Int, step: Step) {
        var position = 0
        while true {
            do throws(HTTPRefusal) {
                guard let step = try advance(bytes, &position) else { continue }
                return (position, step)
            } catch {
                return (position, .refused(error))
            }
        }
    }

    /// Says that so much of the content was taken.
    package mutating func didTake(_ count: UInt64) {
        guard case .content(let remaining) = state, count <= remaining else {
            preconditionFailure("more was taken than the chunk holds")
        }
        state = count == remaining ? .contentEnd : .content(remaining - count)
    }

    private mutating func advance(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(HTTPRefusal) -> Step? {
        switch state {
        case .content(let remaining):
            return .content(remaining)
        case .size:
            guard let line = try nextLine(bytes, &position, limits.chunkLineMaxBytes, .badChunk) else {
                return .needsMore
            }
            let size = try chunkSize(line)
            state = size == 0 ? .trailers : .content(size)
        case .contentEnd:
            guard let line = try nextLine(bytes, &position, 2, .badChunk) else { return .needsMore }
            guard line.isEmpty else { throw .badChunk }
            state = .size
        case .trailers:
            let before = position
            let room = limits.trailersMaxBytes - trailerBytes
            guard let line = try nextLine(bytes, &position, room, .trailersTooLong) else { return .needsMore }
            trailerBytes += position - before
            if line.isEmpty { return .end }
            do throws(HTTPRefusal) {
                _ = try FieldLine.text(FieldLine.parse(line).value)
            } catch {
                throw .badTrailer
            }
        }
        return nil
    }

    private func nextLine(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ maximum: Int, _ tooLong: HTTPRefusal
    ) throws(HTTPRefusal) -> Slice<UnsafeRawBufferPointer>? {
        switch LineScanner.scan(bytes, from: position, maximum: maximum) {
        case .line(let line, let next):
            position = next
            return bytes[line]
        case .incomplete: return nil
        case .bareCarriageReturn: throw .bareCarriageReturn
        case .bareLineFeed: throw .bareLineFeed
        case .tooLong: throw tooLong
        }
    }

    /// The hexadecimal number at the start of the line; what may follow it is extensions.
    private mutating func chunkSize(_ line: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) -> UInt64 {
        let lookup = ByteClass.Lookup()
        let end = line.firstIndex { !lookup.contains($0, .hexadecimal) } ?? line.endIndex
        guard end > line.startIndex, end - line.startIndex <= 16 else { throw .badChunk }
        var size: UInt64 = 0
        for byte in line[..<end] {
            let digit =
                byte <= UInt8(ascii: "9")
                ? byte - UInt8(ascii: "0") : byte.lowercased - UInt8(ascii: "a") + 10
            size = size << 4 | UInt64(digit)
        }
        guard size <= UInt64(Int64.max) else { throw .bodyTooLarge }
        extensionBytes += line.endIndex - end
        guard extensionBytes <= limits.chunkExtensionsMaxBytes, ChunkExtensions.areValid(line[end...]) else {
            throw .badChunk
        }
        return size
    }
}
