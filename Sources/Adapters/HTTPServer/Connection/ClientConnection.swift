import Domain
import EventLoop
import Ports

/// One client's connection: its handshake, its time and its end, and which version of HTTP it speaks.
/// HTTP/1.1 is spoken by the connection itself, HTTP/2 by an `HTTP2Session` on it.
///
/// Confined to its loop; `run` is one task.
final class ClientConnection {
    /// What the connection waits for, which decides what time it has.
    enum Phase { case handshake, idle, head, working, lingering }

    /// Why waiting was ended from outside.
    enum Interruption { case timedOut, transferTooSlow, draining, cut }

    enum Ending {
        case goOn
        /// The client began to speak HTTP/2.
        case becomeHTTP2
        /// Both sides have said all they had to say.
        case polite
        /// The client may still be sending: read over it, so that the answer reaches it.
        case linger
        /// There is nobody to say anything to.
        case drop
        /// The client must see that what it got is not the whole.
        case cut
    }

    let transport: Transport
    let server: LoopServer
    let remoteAddress: String
    let isSecure: Bool
    /// The place in the server's table of connections.
    var position = -1

    private(set) var phase = Phase.handshake
    /// When the phase must be over.
    private(set) var deadline: MonotonicInstant
    /// When the phase began.
    private(set) var phaseStart: MonotonicInstant
    private(set) var interruption: Interruption?
    /// How fast the client sends a body that is waited for; looked at by the sweep.
    var receiving: TransferMeter
    private var acknowledgedBefore: Int64 = 0
    /// Whether nothing of a request has come: the connection may end without anybody missing it.
    var isUnused = false

    /// Asked to end: it answers a request that has come already, and then no other.
    var isLeaving = false

    /// How many requests were answered since one was waited for.
    var answeredInTurn = 0

    /// What was received and not yet used; none while idle.
    private(set) var input: ByteBuffer?
    /// Whether the first bytes may still say that the client speaks HTTP/2 (RFC 9113 section 3.3).
    var mayBecomeHTTP2: Bool
    /// Speaks HTTP/2 once that is agreed on.
    private var http2: HTTP2Session?
    lazy var emptyBody = BytesStream([])
    let notes = HTTPConnectionNotes()

    init(server: LoopServer, transport: Transport, remoteAddress: String, isSecure: Bool) {
        self.server = server
        self.transport = transport
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
        mayBecomeHTTP2 = server.settings.http2 != nil && !isSecure
        receiving = server.makeMeter(idleLimit: server.settings.readTimeout)
        phaseStart = server.loop.now
        deadline = phaseStart + server.settings.handshakeTimeout
    }

    // MARK: Life

    /// Serves until either side ends the connection, and closes the socket.
    func run() async {
        var ending = Ending.drop
        if await transport.shakeHands() {
            enter(.head, within: server.settings.headTimeout)
            ending = transport.agreedProtocol == "h2" ? .becomeHTTP2 : .goOn
            while ending == .goOn { ending = await serveOne() }
            if ending == .becomeHTTP2 { ending = await serveHTTP2() }
        }
        await end(ending)
        releaseInput()
    }

    private func serveHTTP2() async -> Ending {
        guard let limits = server.settings.http2,
            let session = HTTP2Session(connection: self, limits: limits)
        else { return .drop }
        http2 = session
        defer { http2 = nil }
        return await session.run()
    }

    /// Says that the server drains: a connection that waits for a request ends now, one of HTTP/2 takes no
    /// new ones, and one of HTTP/1.1 ends after its answer.
    func drain() {
        if isUnused { interrupt(.draining) } else { http2?.drain() }
    }

    private func end(_ ending: Ending) async {
        switch ending {
        case .drop, .goOn, .becomeHTTP2:
            transport.close(reset: false)
        case .cut:
            transport.close(reset: true)
        case .polite:
            enter(.lingering, within: server.settings.lingerTimeout)
            await transport.finishTLS()
            transport.close(reset: false)
        case .linger:
            enter(.lingering, within: server.settings.lingerTimeout)
            // HTTP/2 may have ended the waiting of its own tasks just before.
            if interruption == nil { transport.readiness.allowWaiting() }
            await transport.finishTLS()
            await linger()
            transport.close(reset: false)
        }
    }

    private func linger() async {
        transport.finishSending()
        let buffer = takeInput()
        buffer.clear()
        var discarded = 0
        // A wait that is forbidden returns at once: going on would keep the loop from everybody else.
        while discarded < server.settings.lingerMaxBytes, !transport.readiness.isInterrupted {
            let edge = transport.readiness.readEdge
            guard let count = transport.discard(into: buffer.writable) else { return }
            discarded += count
            if count == 0 { await transport.readiness.readable(since: edge) }
        }
    }

    // MARK: Input

    /// Receives behind what is in the input buffer already.
    func fillInput() -> Transport.Received {
        let input = takeInput()
        if input.writableCount < input.capacity / 2 { input.compact() }
        let received = transport.receive(into: input.writable)
        if case .bytes(let count) = received { input.didWrite(count) }
        return received
    }

    private func takeInput() -> ByteBuffer {
        if let input { return input }
        let fresh = server.pool.takeInput()
        input = fresh
        return fresh
    }

    func releaseInput() {
        guard let held = input else { return }
        input = nil
        server.pool.giveBack(input: held)
    }

    // MARK: Time

    func enter(_ phase: Phase, within limit: Duration?) {
        self.phase = phase
        phaseStart = server.loop.now
        deadline = limit.map { phaseStart + $0 } ?? MonotonicInstant(nanoseconds: .max)
    }

    /// Looks at the time that the client has taken. Called by the sweep.
    func check(at now: MonotonicInstant) {
        guard interruption == nil else { return }
        if now >= deadline { return interrupt(.timedOut) }
        if receiving.isWaiting, receiving.verdict(at: now) != .fine { return interrupt(.transferTooSlow) }
        if transport.sending.isWaiting {
            let acknowledged = transport.acknowledgedBytes
            transport.sending.progress(acknowledged - acknowledgedBefore)
            acknowledgedBefore = acknowledged
            if transport.sending.verdict(at: now) != .fine { return interrupt(.cut) }
        }
        http2?.check(at: now)
    }

    /// Ends all waiting for the client.
    func interrupt(_ reason: Interruption) {
        interruption = reason
        transport.readiness.interrupt()
    }

    /// Lets the connection wait again, to say goodbye.
    func resumeAfterInterruption() {
        interruption = nil
        deadline = MonotonicInstant(nanoseconds: .max)
        transport.readiness.allowWaiting()
    }
}
