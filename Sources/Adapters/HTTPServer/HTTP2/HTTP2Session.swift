private import CNGHTTP2
import Domain
import EventLoop
import Ports

/// HTTP/2 on one connection (RFC 9113): nghttp2 keeps the frames, their compression and the states of the
/// streams; this feeds it what comes, sends what it makes, and runs a handler for every request.
///
/// One task reads, one writes, and every request has one; all are children of `run` and confined to the loop.
final class HTTP2Session: @unchecked Sendable {
    unowned let connection: ClientConnection
    let server: LoopServer
    let limits: HTTP2Limits
    var handle: OpaquePointer?

    /// Streams that nghttp2 knows.
    var streams: [Int32: HTTP2Stream] = [:]
    /// Whose head or trailers are being read.
    var arriving: HTTP2Stream?
    /// Since when a head has been coming.
    var headSince: MonotonicInstant?
    /// Streams whose head has come, until their handler starts.
    var ready: [HTTP2Stream] = []
    /// Streams whose last frame is on its way.
    var ending: [HTTP2Stream] = []
    private var handlersRunning = 0
    /// Requests whose exchange has not ended.
    private var exchanges = 0
    var guardian: FloodGuard
    private var isRefused = false

    private var buffersInUse = 0
    private var waitingForBuffers: [HTTP2Answer] = []
    var answeredBytes: UInt64 = 0
    var answeredBefore: UInt64 = 0
    /// How fast the client opens the window of the whole connection.
    var sending: TransferMeter

    var writer: UnsafeContinuation<Void, Never>?
    var mustWrite = true
    /// Where the frames are put that leave next, and what had no room in it.
    var output: ByteBuffer?
    var overflow: [UInt8] = []
    var hadNoRoom = false
    /// Nothing more is read; the writer ends when all is out.
    var isStopping = false
    /// The client is gone: nothing more is written.
    var isCut = false
    /// Both sides have ended the session.
    var isOver = false
    private(set) var isDraining = false
    private var hasPinged = false
    private var hasSaidLast = false

    /// Nil when memory is out.
    init?(connection: ClientConnection, limits: HTTP2Limits) {
        self.connection = connection
        server = connection.server
        self.limits = limits
        guardian = FloodGuard(limits, at: connection.server.loop.now)
        sending = connection.server.makeMeter(idleLimit: connection.server.settings.writeTimeout)
        let head = connection.server.settings.limits.headMaxBytes
        handle = HTTP2Callbacks.makeSession(
            limits, continuationsMax: limits.continuationsMax(headMaxBytes: head),
            owner: Unmanaged.passUnretained(self).toOpaque())
        guard handle != nil, submitSettings() else {
            if let handle { nghttp2_session_del(handle) }
            return nil
        }
    }

    private func submitSettings() -> Bool {
        let http1 = server.settings.limits
        let entries = [
            Self.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streamsMax),
            Self.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, Int(limits.streamWindowBytes)),
            // Each field counts 32 bytes more than in HTTP/1.1 (RFC 9113 section 6.5.2).
            Self.entry(
                NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, http1.headMaxBytes + 32 * http1.fieldCountMax),
            Self.entry(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits.headerTableBytes),
            // The tree of priorities of RFC 7540 costs the server and helps nobody.
            Self.entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        return nghttp2_submit_settings(handle, FrameFlags.none, entries, entries.count) == 0
            && nghttp2_session_set_local_window_size(
                handle, FrameFlags.none, 0, limits.connectionWindowBytes) == 0
    }

    private static func entry(_ setting: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(bitPattern: setting.rawValue), value: UInt32(value))
    }

    // MARK: Life

    /// Serves until either side ends the connection, and returns how to close it.
    func run() async -> ClientConnection.Ending {
        enterIdle()
        // The drain may have begun between the first bytes of the connection and this.
        if server.isDraining { drain() }
        let ending = await withDiscardingTaskGroup { group in
            group.addTask { await self.write() }
            let ending = await read(&group)
            stop(ending)
            return ending
        }
        for stream in self.ending { stream.finish(.aborted) }
        if let handle { nghttp2_session_del(handle) }
        handle = nil
        return isCut && ending != .drop ? .cut : ending
    }

    private func read(_ group: inout DiscardingTaskGroup) async -> ClientConnection.Ending {
        var rounds = 0
        while true {
            if let input = connection.input, input.readableCount > 0 {
                guard feed(input) else { return .linger }
                startHandlers(&group)
                wakeWriterIfNeeded()
            }
            switch connection.fillInput() {
            case .bytes:
                rounds += 1
                if rounds % Self.roundsPerTurn == 0 { await Task.yield() }
                continue
            case .ended: return .polite
            case .failed: return .drop
            case .nothing: break
            }
            connection.releaseInput()
            if !isOver {
                await connection.transport.readiness.readable(since: connection.transport.receiveEdge)
            }
            if let ending = endingAfterWait() { return ending }
        }
    }

    /// How many times a connection reads before others have their turn.
    private static let roundsPerTurn = 8

    private func endingAfterWait() -> ClientConnection.Ending? {
        switch connection.interruption {
        case nil: break
        case .timedOut, .draining:
            connection.resumeAfterInterruption()
            terminate(NGHTTP2_NO_ERROR)
            return .linger
        case .transferTooSlow, .cut: return .cut
        }
        guard isOver else { return nil }
        connection.transport.readiness.allowWaiting()
        return isCut ? .drop : .linger
    }

    /// Gives nghttp2 what came; false when the session is at its end.
    private func feed(_ input: ByteBuffer) -> Bool {
        let bytes = input.readable
        let count = nghttp2_session_mem_recv(
            handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        input.didRead(input.readableCount)
        if refuseFlood() { return false }
        guard count < 0 else { return true }
        switch Int32(count) {
        case NGHTTP2_ERR_FLOODED.rawValue: refuse("acknowledgements that it does not read")
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue: refuse("too many continuations of a head")
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: terminate(NGHTTP2_PROTOCOL_ERROR)
        default: terminate(NGHTTP2_INTERNAL_ERROR)
        }
        return false
    }

    /// Ends the session of a client that floods; whether it does.
    func refuseFlood() -> Bool {
        guard let flood = guardian.flood else { return false }
        if !isRefused { refuse(flood.rawValue) }
        return true
    }

    private func refuse(_ reason: String) {
        isRefused = true
        server.log.log(
            .warn, "an HTTP/2 connection was ended because of what its client does",
            [LogField("reason", reason), LogField("remote", connection.remoteAddress)])
        terminate(NGHTTP2_ENHANCE_YOUR_CALM)
    }

    private func terminate(_ code: nghttp2_error_code) {
        nghttp2_session_terminate_session(handle, code.rawValue)
    }

    /// Ends all streams, and lets the writer finish unless the client is gone.
    private func stop(_ ending: ClientConnection.Ending) {
        isStopping = true
        if ending == .cut || ending == .drop { isCut = true }
        connection.isUnused = false
        if isCut {
            connection.transport.readiness.interrupt()
        } else {
            connection.enter(.lingering, within: server.settings.lingerTimeout)
        }
        let left = streams.values
        streams = [:]
        for stream in left { stream.close() }
        ready = []
        wakeWriter()
    }

    /// Takes no new requests, and ends when the last one has been answered (RFC 9113 section 6.8).
    func drain() {
        guard !isDraining, !isStopping else { return }
        isDraining = true
        nghttp2_submit_shutdown_notice(handle)
        wakeWriter()
    }

    /// A goodbye is on its way. Requests that are on theirs are still served: what comes after the answer to
    /// this ping is not.
    func goodbyeWasSent() {
        guard isDraining, !hasPinged else { return }
        hasPinged = true
        nghttp2_submit_ping(handle, FrameFlags.none, nil)
    }

    func finishDrain() {
        guard isDraining, !hasSaidLast else { return }
        hasSaidLast = true
        nghttp2_submit_goaway(
            handle, FrameFlags.none, nghttp2_session_get_last_proc_stream_id(handle),
            NGHTTP2_NO_ERROR.rawValue, nil, 0)
        wakeWriter()
    }

    // MARK: Exchanges

    private func startHandlers(_ group: inout DiscardingTaskGroup) {
        guard !ready.isEmpty else { return }
        let starting = ready
        ready.removeAll(keepingCapacity: true)
        for stream in starting where !stream.isClosed {
            guard handlersRunning < limits.handlersMax else {
                reset(stream.id, .refused)
                continue
            }
            handlersRunning += 1
            exchanges += 1
            if exchanges == 1 {
                connection.isUnused = false
                connection.enter(.working, within: nil)
            }
            stream.start()
            group.addTask { await stream.handle() }
        }
    }

    func handlerEnded() { handlersRunning -= 1 }

    /// Called once for an exchange that was started, when nobody works for it any more.
    func exchangeEnded() {
        exchanges -= 1
        if exchanges == 0, !isStopping { enterIdle() }
    }

    private func enterIdle() {
        connection.enter(.idle, within: server.settings.idleTimeout)
        connection.isUnused = true
        if isDraining { finishDrain() }
    }

    // MARK: What answers need

    /// Takes one of the buffers for streamed answers, if one is free.
    func takeBufferAtOnce() -> Bool {
        guard buffersInUse < limits.sendBuffersMax else { return false }
        buffersInUse += 1
        return true
    }

    /// Grants a buffer, now or as soon as one is free.
    func askForBuffer(_ answer: HTTP2Answer) {
        if takeBufferAtOnce() { _ = answer.grantBuffer() } else { waitingForBuffers.append(answer) }
    }

    func releaseBuffer() {
        buffersInUse -= 1
        while !waitingForBuffers.isEmpty, buffersInUse < limits.sendBuffersMax {
            if waitingForBuffers.removeFirst().grantBuffer() { buffersInUse += 1 }
        }
    }

    /// How much of a stream the client takes now.
    func window(of streamID: Int32) -> Int {
        max(0, min(streamWindow(of: streamID), Int(nghttp2_session_get_remote_window_size(handle))))
    }

    func streamWindow(of streamID: Int32) -> Int {
        Int(nghttp2_session_get_stream_remote_window_size(handle, streamID))
    }

    /// How much of an answer's body the next frame carries; nil for a stream that is gone.
    func nextPiece(_ streamID: Int32, atMost limit: Int) -> HTTP2Answer.Piece? {
        streams[streamID]?.answer.nextPiece(atMost: limit)
    }

    /// Hands the head of an answer to nghttp2, and its body if it has content.
    func submit(
        _ response: HTTPResponse, _ streamID: Int32, contentLength: UInt64?, hasContent: Bool
    ) {
        server.fieldWriter.begin(status: response.status, date: server.dateField())
        server.fieldWriter.add(response.fields)
        if let contentLength { server.fieldWriter.add(contentLength: contentLength) }
        let handle = handle
        let outcome = server.fieldWriter.withFields {
            HTTP2Callbacks.submit($0, to: handle, streamID, hasContent: hasContent)
        }
        if outcome != 0 { fail(streamID) }
        wakeWriter()
    }

    func submitContinue(_ streamID: Int32) {
        server.fieldWriter.begin(status: 100)
        let handle = handle
        _ = server.fieldWriter.withFields { fields in
            nghttp2_submit_headers(
                handle, FrameFlags.none, streamID, nil,
                fields.first.assumingMemoryBound(to: nghttp2_nv.self), fields.count, nil)
        }
        wakeWriter()
    }

    /// Says that a stream has content again.
    func resume(_ streamID: Int32) {
        nghttp2_session_resume_data(handle, streamID)
        wakeWriter()
    }

    /// Why the server resets a stream.
    enum ResetReason {
        /// The answer is out and the rest of the request is not wanted.
        case nothing
        /// The client is too slow, or sends what nobody reads.
        case cancelled
        /// No handler has begun; the client may try again.
        case refused
        case failed
    }

    func reset(_ streamID: Int32, _ reason: ResetReason) {
        guard !isStopping else { return }
        let code =
            switch reason {
            case .nothing: NGHTTP2_NO_ERROR
            case .cancelled: NGHTTP2_CANCEL
            case .refused: NGHTTP2_REFUSED_STREAM
            case .failed: NGHTTP2_INTERNAL_ERROR
            }
        nghttp2_submit_rst_stream(handle, FrameFlags.none, streamID, code.rawValue)
        wakeWriter()
    }

    /// Ends a stream whose answer cannot go on: the client must not take a part for the whole.
    func fail(_ streamID: Int32) {
        streams[streamID]?.finish(.failed)
        reset(streamID, .failed)
    }

    /// Lets the client send `count` bytes more.
    func consume(_ count: Int, _ streamID: Int32) {
        guard let handle else { return }
        nghttp2_session_consume(handle, streamID, count)
        wakeWriterIfNeeded()
    }

    func consumeConnection(_ count: Int) {
        guard let handle else { return }
        nghttp2_session_consume_connection(handle, count)
        wakeWriterIfNeeded()
    }
}
