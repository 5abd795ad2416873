import Domain
import EventLoop
import Ports

/// The answer of one stream, and where the frames of its body come from.
///
/// A streamed body is pulled when the client's window and the socket ask for more, as much as they allow, and
/// one part at a time. Confined to the loop.
final class HTTP2Answer {
    /// What came of asking for the content of the next frame.
    enum Piece {
        case bytes(count: Int, isLast: Bool)
        /// Nothing is there yet; whoever brings more says so.
        case later
    }

    private enum Source {
        case nothing
        case memory([UInt8], position: Int, end: Int)
        /// A part of a stream, and whether it is the last.
        case streamed(ByteBuffer?, isLast: Bool)
    }

    private enum Filled {
        case part, last, windowIsShut
        case failed(ByteStreamError?)
    }

    let streamID: Int32
    private let session: HTTP2Session
    var status = 0
    private(set) var sentBytes: UInt64 = 0
    var hasSentEnd = false
    private var source = Source.nothing
    private var isSubmitted = false
    private var isClosed = false
    /// nghttp2 waits for more of a stream.
    private var isStarving = false
    private var hasBuffer = false
    private var waiting: UnsafeContinuation<Void, Never>?
    /// How fast the client opens its window.
    private var sending: TransferMeter
    private var sentBefore: UInt64 = 0

    init(streamID: Int32, session: HTTP2Session) {
        self.streamID = streamID
        self.session = session
        sending = session.server.makeMeter(idleLimit: session.server.settings.writeTimeout)
    }

    // MARK: Sending

    /// Sends `response`; returns when the rest needs no task. When its stream fails before anything has left,
    /// the client gets an error instead.
    func send(_ response: HTTPResponse, isHead: Bool) async {
        status = response.status
        let hasBody = !isHead && status >= 200 && status != 204 && status != 304
        switch response.body {
        case .bytes(let bytes) where hasBody && !bytes.isEmpty:
            source = .memory(bytes, position: 0, end: bytes.count)
            submit(response, hasContent: true, hasBody: hasBody)
        case .slice(let bytes, let range) where hasBody && !range.isEmpty:
            source = .memory(bytes, position: range.lowerBound, end: range.upperBound)
            submit(response, hasContent: true, hasBody: hasBody)
        case .stream(let stream, let length) where hasBody && length != 0:
            await send(stream, length: length, response)
        case .empty, .bytes, .slice, .stream:
            submit(response, hasContent: false, hasBody: hasBody)
        }
        if case .stream(let stream, _) = response.body { stream.close() }
    }

    private func submit(_ response: HTTPResponse, hasContent: Bool, hasBody: Bool) {
        isSubmitted = true
        session.submit(
            response, streamID, contentLength: Self.length(of: response, hasBody: hasBody),
            hasContent: hasContent)
    }

    /// What Content-Length says (RFC 9110 section 8.6).
    private static func length(of response: HTTPResponse, hasBody: Bool) -> UInt64? {
        if response.status < 200 || response.status == 204 { return nil }
        switch response.body {
        case .empty: return hasBody ? 0 : response.announcedLength
        case .bytes(let bytes): return UInt64(bytes.count)
        case .slice(_, let range): return UInt64(range.count)
        case .stream(_, let length): return length
        }
    }

    private func send(_ stream: any ByteStream, length: UInt64?, _ response: HTTPResponse) async {
        var left = length
        if session.takeBufferAtOnce() {
            hasBuffer = true
            if case .failed(let error) = await fill(from: stream, &left), !isClosed {
                return replace(after: error)
            }
        }
        guard !isClosed else { return }
        if case .nothing = source { source = .streamed(nil, isLast: false) }
        submit(response, hasContent: true, hasBody: true)
        while case .streamed(_, isLast: false) = source {
            await wait { isStarving }
            if !isClosed { session.askForBuffer(self) }
            await wait { hasBuffer }
            guard !isClosed else { return releaseUnusedBuffer() }
            switch await fill(from: stream, &left) {
            case .part, .last, .windowIsShut:
                isStarving = false
                session.resume(streamID)
            case .failed:
                guard !isClosed else { return }
                session.fail(streamID)
                return
            }
        }
    }

    /// Reads the next part: no more than the client has room for, so that no part waits for a client that
    /// wants none.
    private func fill(from stream: any ByteStream, _ left: inout UInt64?) async -> Filled {
        let buffer = session.server.pool.takeChunk()
        let room = min(buffer.capacity, session.window(of: streamID))
        guard room > 0 else {
            giveBack(buffer)
            return .windowIsShut
        }
        let spare = buffer.capacity - room
        buffer.didWrite(spare)
        do throws(ByteStreamError) {
            let count = try await stream.read(into: buffer)
            if spare > 0 { buffer.didRead(spare) }
            guard !isClosed else {
                giveBack(buffer)
                return .failed(nil)
            }
            if let rest = left {
                guard count > 0, UInt64(count) <= rest else {
                    giveBack(buffer)
                    return .failed(nil)
                }
                left = rest - UInt64(count)
            }
            let isLast = left.map { $0 == 0 } ?? (count == 0)
            if count == 0 { giveBack(buffer) }
            source = .streamed(count == 0 ? nil : buffer, isLast: isLast)
            return isLast ? .last : .part
        } catch {
            giveBack(buffer)
            return .failed(error)
        }
    }

    /// Answers that the content cannot be read, as long as nothing else was said.
    private func replace(after error: ByteStreamError?) {
        let refusal: HTTPRefusal =
            error == .unavailable
            ? HTTPRefusal(status: 503, reason: "The content cannot be read at the moment.")
            : HTTPRefusal(status: 500, reason: "The content cannot be read.")
        let connection = session.connection
        let response = session.server.handler.respond(
            toRefusal: refusal, remoteAddress: connection.remoteAddress, isSecure: connection.isSecure)
        status = response.status
        var bytes: [UInt8] = []
        if case .bytes(let text) = response.body { bytes = text }
        source = .memory(bytes, position: 0, end: bytes.count)
        submit(response, hasContent: !bytes.isEmpty, hasBody: true)
    }

    private func giveBack(_ buffer: ByteBuffer) {
        session.server.pool.giveBack(chunk: buffer)
        hasBuffer = false
        session.releaseBuffer()
    }

    // MARK: Waiting

    private func wait(until isDone: () -> Bool) async {
        while !isClosed, !isDone() { await withUnsafeContinuation { waiting = $0 } }
    }

    private func wake() {
        guard let task = waiting else { return }
        waiting = nil
        task.resume()
    }

    /// Grants the buffer that was asked for; false when nobody wants it any more.
    func grantBuffer() -> Bool {
        guard !isClosed else { return false }
        hasBuffer = true
        wake()
        return true
    }

    /// Gives back what the answer holds; nothing more is sent.
    func close() {
        isClosed = true
        if case .streamed(let buffer?, _) = source { giveBack(buffer) }
        source = .nothing
        wake()
    }

    /// Gives up the buffer that was granted and not used, if one was.
    private func releaseUnusedBuffer() {
        guard hasBuffer else { return }
        hasBuffer = false
        session.releaseBuffer()
    }

    // MARK: Frames

    /// How much of the body the next frame can carry, at most `limit`.
    func nextPiece(atMost limit: Int) -> Piece {
        switch source {
        case .nothing: return .bytes(count: 0, isLast: true)
        case .memory(_, let position, let end):
            let count = min(limit, end - position)
            return .bytes(count: count, isLast: position + count == end)
        case .streamed(let buffer?, let isLast):
            let count = min(limit, buffer.readableCount)
            return .bytes(count: count, isLast: isLast && count == buffer.readableCount)
        case .streamed(nil, isLast: true): return .bytes(count: 0, isLast: true)
        case .streamed(nil, isLast: false):
            isStarving = true
            wake()
            return .later
        }
    }

    /// Puts the content of a frame into `output`, which has room for it.
    func write(_ count: Int, to output: ByteBuffer) {
        sentBytes += UInt64(count)
        switch source {
        case .nothing: return
        case .memory(let bytes, let position, let end):
            bytes.withUnsafeBytes {
                _ = output.append(UnsafeRawBufferPointer(rebasing: $0[position..<(position + count)]))
            }
            source = .memory(bytes, position: position + count, end: end)
        case .streamed(let buffer, let isLast):
            guard let buffer else { return }
            output.append(UnsafeRawBufferPointer(rebasing: buffer.readable[..<count]))
            buffer.didRead(count)
            if buffer.readableCount == 0 {
                source = .streamed(nil, isLast: isLast)
                giveBack(buffer)
            }
        }
    }

    // MARK: Time

    /// Whether there is something to send that only the client can hold up.
    var isUnsent: Bool { isSubmitted && !hasSentEnd && !isStarving && !isClosed }

    /// Whether the client has kept the window of this stream shut, or all but shut, for too long. Time in
    /// which it is open counts for the connection, or for us.
    func isTooSlow(at now: MonotonicInstant) -> Bool {
        guard isUnsent, session.streamWindow(of: streamID) <= 0 else {
            sending.endWaiting(at: now)
            return false
        }
        sending.progress(Int64(sentBytes - sentBefore))
        sentBefore = sentBytes
        sending.beginWaiting(at: now)
        return sending.verdict(at: now) != .fine
    }
}
