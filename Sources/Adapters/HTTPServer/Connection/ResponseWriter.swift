import Ports

/// Sends one answer. A small one leaves as one piece; a long one is pulled from its stream part by part, and
/// a part is pulled only when the one before it has been given to the kernel.
struct ResponseWriter {
    /// What was sent.
    struct Result {
        var status: Int
        var bodyBytes: UInt64 = 0
        var outcome: HTTPExchangeOutcome
        /// Whether the next request may follow.
        var keepsAlive: Bool
        /// Why the body's source failed.
        var failure: ByteStreamError?
        /// Whether anything has left: from then on a failure can only cut the connection.
        var hasBegun = false
    }

    private enum Part { case more, last, failed }

    /// `0000abcd` and CR LF, with the end of the chunk before it.
    private static let chunkPrefixBytes = 12
    private static let firstChunkPrefixBytes = 10
    /// A head that leaves less room than this goes out alone.
    private static let roomMinBytes = 1024

    let connection: ClientConnection
    let isHead: Bool
    let isVersion11: Bool

    /// Sends `response`. When its stream fails before anything has left, the client gets an error instead.
    func write(_ response: HTTPResponse, keepsAlive: Bool) async -> Result {
        let buffer = connection.server.pool.takeChunk()
        defer { connection.server.pool.giveBack(chunk: buffer) }
        let result = await write(response, keepsAlive: keepsAlive, buffer)
        guard result.outcome == .failed, !result.hasBegun else { return result }
        buffer.clear()
        let refusal: HTTPRefusal =
            result.failure == .unavailable
            ? HTTPRefusal(status: 503, reason: "The content cannot be read at the moment.")
            : HTTPRefusal(status: 500, reason: "The content cannot be read.")
        let replacement = connection.server.handler.respond(
            toRefusal: refusal, remoteAddress: connection.remoteAddress, isSecure: connection.isSecure)
        return await write(replacement, keepsAlive: false, buffer)
    }

    private func write(_ response: HTTPResponse, keepsAlive: Bool, _ buffer: ByteBuffer) async -> Result {
        let framing = framing(of: response)
        let mayKeep = keepsAlive && framing != .untilClose
        var result = Result(status: response.status, outcome: .completed, keepsAlive: mayKeep)
        let head = ResponseHead(
            status: response.status, framing: framing, keepsAlive: mayKeep,
            saysKeepAlive: mayKeep && !isVersion11)
        let fits = head.append(to: buffer, fields: response.fields, date: connection.server.dateField())
        switch response.body {
        case _ where !fits:
            result.outcome = .failed
        case .stream(let stream, let length) where hasBody(response):
            await sendStream(stream, length: length, framing, buffer, &result)
        case .bytes(let bytes) where hasBody(response):
            await sendBytes(bytes, bytes.indices, buffer, &result)
        case .slice(let bytes, let range) where hasBody(response):
            await sendBytes(bytes, range, buffer, &result)
        case .empty, .bytes, .slice, .stream:
            await sendBytes([], 0..<0, buffer, &result)
        }
        if case .stream(let stream, _) = response.body { stream.close() }
        if result.outcome != .completed { result.keepsAlive = false }
        return result
    }

    // MARK: Framing

    /// Whether bytes follow the head (RFC 9112 section 6.3).
    private func hasBody(_ response: HTTPResponse) -> Bool {
        !isHead && response.status >= 200 && response.status != 204 && response.status != 304
    }

    private func framing(of response: HTTPResponse) -> ResponseHead.Framing {
        if response.status < 200 || response.status == 204 { return .none }
        let length: UInt64?
        switch response.body {
        case .empty: length = hasBody(response) ? 0 : response.announcedLength
        case .bytes(let bytes): length = UInt64(bytes.count)
        case .slice(_, let range): length = UInt64(range.count)
        case .stream(_, let announced):
            guard let announced else { return isVersion11 ? .chunked : .untilClose }
            length = announced
        }
        guard let length else { return .none }
        return .length(length)
    }

    // MARK: Bodies in memory

    private func sendBytes(
        _ bytes: [UInt8], _ range: Range<Int>, _ buffer: ByteBuffer, _ result: inout Result
    ) async {
        var position = range.lowerBound
        repeat {
            let count = bytes.withUnsafeBytes {
                buffer.append(UnsafeRawBufferPointer(rebasing: $0[position..<range.upperBound]))
            }
            position += count
            result.hasBegun = true
            guard await connection.transport.send(buffer) else {
                result.outcome = .aborted
                return
            }
            result.bodyBytes += UInt64(count)
        } while position < range.upperBound
    }

    // MARK: Bodies from a stream

    private func sendStream(
        _ stream: any ByteStream, length: UInt64?, _ framing: ResponseHead.Framing, _ buffer: ByteBuffer,
        _ result: inout Result
    ) async {
        var isFirst = true
        if buffer.writableCount < Self.roomMinBytes {
            result.hasBegun = true
            guard await connection.transport.send(buffer) else {
                result.outcome = .aborted
                return
            }
        }
        while true {
            let before = result.bodyBytes
            let part: Part
            if framing == .chunked {
                part = await readChunk(stream, buffer, isFirst: isFirst, &result)
            } else {
                part = await readPart(stream, length, buffer, &result)
            }
            if part == .failed {
                result.outcome = .failed
                return
            }
            result.hasBegun = true
            guard await connection.transport.send(buffer) else {
                result.bodyBytes = before
                result.outcome = .aborted
                return
            }
            if part == .last { return }
            isFirst = false
            // A client that reads as fast as we send would else keep the loop for as long as its file is.
            await Task.yield()
        }
    }

    /// Reads the next part of a body without a frame, or with its length told in the head. A body that is
    /// shorter or longer than that is a failure.
    private func readPart(
        _ stream: any ByteStream, _ length: UInt64?, _ buffer: ByteBuffer, _ result: inout Result
    ) async -> Part {
        if result.bodyBytes == length { return .last }
        guard buffer.writableCount > 0 else { return .more }
        do throws(ByteStreamError) {
            let count = try await stream.read(into: buffer)
            result.bodyBytes += UInt64(count)
            guard let length else { return count == 0 ? .last : .more }
            if count == 0 || result.bodyBytes > length { return .failed }
            return result.bodyBytes == length ? .last : .more
        } catch {
            result.failure = error
            return .failed
        }
    }

    /// Reads the next chunk behind room for its size, which is written once it is known.
    private func readChunk(
        _ stream: any ByteStream, _ buffer: ByteBuffer, isFirst: Bool, _ result: inout Result
    ) async -> Part {
        let prefix = isFirst ? Self.firstChunkPrefixBytes : Self.chunkPrefixBytes
        guard buffer.writableCount > prefix, let start = buffer.writable.baseAddress else { return .failed }
        let offset = buffer.writerIndex
        buffer.didWrite(prefix)
        do throws(ByteStreamError) {
            let count = try await stream.read(into: buffer)
            precondition(buffer.writerIndex == offset + prefix + count, "a stream did more than append")
            result.bodyBytes += UInt64(count)
            Self.writeChunkPrefix(UnsafeMutableRawBufferPointer(start: start, count: prefix), size: count)
            guard count == 0 else { return .more }
            let end: StaticString = "\r\n"
            let taken = buffer.append(
                UnsafeRawBufferPointer(start: end.utf8Start, count: end.utf8CodeUnitCount))
            return taken == 2 ? .last : .failed
        } catch {
            result.failure = error
            return .failed
        }
    }

    /// Eight digits and a line end, and before them the line end of the chunk before.
    private static func writeChunkPrefix(_ room: UnsafeMutableRawBufferPointer, size: Int) {
        let digits = room.count - 10
        if digits == 2 {
            room[0] = .carriageReturn
            room[1] = .lineFeed
        }
        for position in 0..<8 {
            let digit = UInt8(truncatingIfNeeded: size >> (28 - 4 * position)) & 0xF
            room[digits + position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        room[digits + 8] = .carriageReturn
        room[digits + 9] = .lineFeed
    }
}
