private import CNGHTTP2
import Domain
import EventLoop
import Ports

/// The way out: frames are collected in one buffer, so that many of them leave by one system call, and the
/// next ones are made only when the socket has taken those.
extension HTTP2Session {
    /// Sends what there is to send, until the session is over.
    func write() async {
        while !isCut {
            mustWrite = false
            let buffer = server.pool.takeChunk()
            let filled = fill(buffer)
            let isSent = buffer.readableCount == 0 ? true : await connection.transport.send(buffer)
            server.pool.giveBack(chunk: buffer)
            finishEnding(isSent ? .completed : .aborted)
            guard isSent, filled != .failed else { return cutOff() }
            if filled == .full { continue }
            if isStopping { return }
            // Resets count as they leave, when the client may have sent all it wanted.
            if refuseFlood(), nghttp2_session_want_write(handle) != 0 { continue }
            if nghttp2_session_want_read(handle) == 0, nghttp2_session_want_write(handle) == 0 {
                isOver = true
                connection.transport.readiness.interrupt()
            }
            if !mustWrite { await withUnsafeContinuation { writer = $0 } }
        }
    }

    private enum Filled { case full, allOfIt, failed }

    private func fill(_ buffer: ByteBuffer) -> Filled {
        output = buffer
        defer { output = nil }
        if !overflow.isEmpty {
            let count = overflow.withUnsafeBytes { buffer.append($0) }
            overflow.removeFirst(count)
            if !overflow.isEmpty { return .full }
        }
        while true {
            var bytes: UnsafePointer<UInt8>?
            hadNoRoom = false
            let count = nghttp2_session_mem_send(handle, &bytes)
            guard count >= 0 else { return .failed }
            if count == 0 { return hadNoRoom ? .full : .allOfIt }
            let made = UnsafeRawBufferPointer(start: bytes, count: count)
            let taken = buffer.append(made)
            if taken < count {
                overflow.append(contentsOf: made[taken...])
                return .full
            }
        }
    }

    /// Writes one DATA frame into the output; false when it has no room left.
    func writeData(
        _ streamID: Int32, frameHead: UnsafeRawBufferPointer, count: Int
    ) -> Bool {
        guard let output else { return false }
        guard output.writableCount >= frameHead.count + count else {
            hadNoRoom = true
            return false
        }
        output.append(frameHead)
        streams[streamID]?.answer.write(count, to: output)
        answeredBytes += UInt64(count)
        guardian.sentData()
        return true
    }

    private func finishEnding(_ outcome: HTTPExchangeOutcome) {
        guard !ending.isEmpty, overflow.isEmpty || outcome != .completed else { return }
        let ended = ending
        ending.removeAll(keepingCapacity: true)
        for stream in ended { stream.finish(outcome) }
    }

    /// Ends everything: the client takes nothing any more.
    private func cutOff() {
        isCut = true
        isOver = true
        connection.transport.readiness.interrupt()
    }

    /// Makes the writer look for something to send.
    func wakeWriter() {
        mustWrite = true
        guard let waiting = writer else { return }
        writer = nil
        waiting.resume()
    }

    func wakeWriterIfNeeded() {
        if writer != nil, nghttp2_session_want_write(handle) != 0 || isOverNow { wakeWriter() }
    }

    /// Whether nghttp2 expects nothing more, which the writer is to notice.
    private var isOverNow: Bool { nghttp2_session_want_read(handle) == 0 }

    // MARK: Time

    /// Looks at the time that the client has taken. Called by the sweep.
    func check(at now: MonotonicInstant) {
        guard !isStopping else { return }
        if let headSince, now - headSince > server.settings.headTimeout {
            return connection.interrupt(.timedOut)
        }
        for stream in streams.values { stream.check(at: now) }
        guard nghttp2_session_get_remote_window_size(handle) <= 0,
            streams.values.contains(where: \.answer.isUnsent)
        else { return sending.endWaiting(at: now) }
        sending.progress(Int64(answeredBytes - answeredBefore))
        answeredBefore = answeredBytes
        sending.beginWaiting(at: now)
        if sending.verdict(at: now) != .fine { connection.interrupt(.cut) }
    }
}
