private import EventLoop
import Ports

/// The body of one request, pulled from the connection as its reader asks for it: what nobody reads stays in
/// the socket, which slows the client down.
final class RequestBody: ByteStream {
    private enum Frame {
        case length(UInt64)
        case chunked(HTTP1ChunkDecoder)
        case ended
    }

    /// What came of one attempt that does not wait.
    private enum Attempt {
        case bytes(Int)
        case end
        case nothing
        case failed(ByteStreamError)
    }

    private var connection: ClientConnection?
    private var frame: Frame
    private var failure: ByteStreamError?
    /// The client waits for `100 Continue`, and has not been told to go on.
    private var awaitsContinue: Bool

    init(connection: ClientConnection, head: HTTP1RequestHead) {
        self.connection = connection
        switch head.framing {
        case .length(let length): frame = .length(length)
        case .chunked: frame = .chunked(HTTP1ChunkDecoder(limits: connection.server.settings.limits))
        }
        awaitsContinue = head.expectsContinue
        connection.receiving = connection.server.makeMeter(idleLimit: connection.server.settings.readTimeout)
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        precondition(buffer.writableCount > 0)
        if let failure { throw failure }
        if case .ended = frame { return 0 }
        guard let connection else { throw .cancelled }
        if awaitsContinue { try await sendContinue(connection) }
        while true {
            switch attempt(connection, buffer) {
            case .bytes(let count):
                connection.receiving.progress(Int64(count))
                return count
            case .end:
                return 0
            case .failed(let error):
                throw fail(error)
            case .nothing:
                try await wait(connection)
            }
        }
    }

    private func wait(_ connection: ClientConnection) async throws(ByteStreamError) {
        let loop = connection.server.loop
        connection.receiving.beginWaiting(at: loop.now)
        await connection.transport.readiness.readableOrCancelled(since: connection.transport.receiveEdge)
        connection.receiving.endWaiting(at: loop.now)
        if connection.interruption == .transferTooSlow { throw fail(.timedOut) }
        if connection.interruption != nil || Task.isCancelled { throw fail(.cancelled) }
    }

    private func sendContinue(_ connection: ClientConnection) async throws(ByteStreamError) {
        awaitsContinue = false
        guard (connection.input?.readableCount ?? 0) == 0 else { return }
        let buffer = connection.server.pool.takeInput()
        defer { connection.server.pool.giveBack(input: buffer) }
        let text: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
        buffer.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        guard await connection.transport.send(buffer) else { throw fail(.truncated) }
    }

    private func fail(_ error: ByteStreamError) -> ByteStreamError {
        failure = error
        return error
    }

    // MARK: Frames

    private func attempt(_ connection: ClientConnection, _ buffer: ByteBuffer) -> Attempt {
        switch frame {
        case .ended: return .end
        case .length(let remaining):
            let taken = take(connection, buffer, atMost: remaining)
            guard case .bytes(let count) = taken else { return taken }
            frame = remaining == UInt64(count) ? .ended : .length(remaining - UInt64(count))
            return taken
        case .chunked(var decoder):
            defer { if case .chunked = frame { frame = .chunked(decoder) } }
            return attemptChunks(connection, buffer, &decoder)
        }
    }

    private func attemptChunks(
        _ connection: ClientConnection, _ buffer: ByteBuffer, _ decoder: inout HTTP1ChunkDecoder
    ) -> Attempt {
        var total = 0
        while buffer.writableCount > 0 {
            let pending = connection.input?.readable ?? UnsafeRawBufferPointer(start: nil, count: 0)
            let (consumed, step) = decoder.decode(pending)
            connection.input?.didRead(consumed)
            switch step {
            case .content(let remaining):
                let taken = take(connection, buffer, atMost: remaining)
                guard case .bytes(let count) = taken else { return total > 0 ? .bytes(total) : taken }
                decoder.didTake(UInt64(count))
                total += count
            case .end:
                frame = .ended
                return total > 0 ? .bytes(total) : .end
            case .refused(let refusal):
                return .failed(refusal == .bodyTooLarge ? .tooLarge(limit: UInt64(Int64.max)) : .malformed)
            case .needsMore:
                switch connection.fillInput() {
                case .bytes: continue
                case .nothing: return total > 0 ? .bytes(total) : .nothing
                case .ended, .failed: return .failed(.truncated)
                }
            }
        }
        return .bytes(total)
    }

    /// Takes content, first what the connection holds already, then from the socket without a copy.
    private func take(_ connection: ClientConnection, _ buffer: ByteBuffer, atMost limit: UInt64) -> Attempt {
        let wanted = Int(min(UInt64(buffer.writableCount), limit))
        if let input = connection.input, input.readableCount > 0 {
            let count = min(wanted, input.readableCount)
            buffer.append(UnsafeRawBufferPointer(rebasing: input.readable[..<count]))
            input.didRead(count)
            return .bytes(count)
        }
        var total = 0
        while total < wanted {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.writable[..<(wanted - total)])
            switch connection.transport.receive(into: room) {
            case .bytes(let count):
                buffer.didWrite(count)
                total += count
            case .nothing: return total > 0 ? .bytes(total) : .nothing
            case .ended, .failed: return total > 0 ? .bytes(total) : .failed(.truncated)
            }
        }
        return .bytes(total)
    }

    // MARK: After the handler

    /// Whether the connection can go on after this body: it was read, or what is left is little enough to
    /// read over.
    var canBeReadOver: Bool {
        guard failure == nil, let connection else { return false }
        switch frame {
        case .ended: return true
        case .length(let remaining):
            return !awaitsContinue && remaining <= connection.server.settings.unreadBodyMaxBytes
        case .chunked: return !awaitsContinue
        }
    }

    /// Reads over what nobody wanted, after the answer; true when the body is at its end.
    func readOver(keepsAlive: Bool) async -> Bool {
        guard failure == nil, let connection else { return false }
        if case .ended = frame { return true }
        guard keepsAlive, !awaitsContinue else { return false }
        let buffer = connection.server.pool.takeInput()
        defer { connection.server.pool.giveBack(input: buffer) }
        var total: UInt64 = 0
        while total <= connection.server.settings.unreadBodyMaxBytes {
            buffer.clear()
            do throws(ByteStreamError) {
                let count = try await read(into: buffer)
                if count == 0 { return true }
                total += UInt64(count)
            } catch {
                return false
            }
        }
        return false
    }

    /// Cuts the body off from its connection, in case a handler kept it.
    func detach() {
        if failure == nil, case .ended = frame {} else { failure = failure ?? .cancelled }
        connection = nil
    }
}
