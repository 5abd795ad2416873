import Domain
import EventLoop
import Ports

/// One client's connection that speaks HTTP/1.1 or 1.0: requests one after the other, answers in their order.
///
/// Requests that a client sends ahead stay in the socket, or in the one input buffer, until their turn, so
/// that reading ahead is bounded. Confined to its loop; `run` is one task.
final class HTTP1Connection {
    /// What the connection waits for, which decides what time it has.
    enum Phase { case handshake, idle, head, working, lingering }

    /// Why waiting was ended from outside.
    enum Interruption { case timedOut, transferTooSlow, draining, cut }

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
    private(set) var isUnused = false

    /// What was received and not yet used; none while idle.
    private(set) var input: ByteBuffer?
    private(set) var inputEnded = false
    private lazy var emptyBody = BytesStream([])

    init(server: LoopServer, transport: Transport, remoteAddress: String, isSecure: Bool) {
        self.server = server
        self.transport = transport
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
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
            repeat { ending = await serveOne() } while ending == .goOn
        }
        await end(ending)
        releaseInput()
    }

    private enum Ending {
        case goOn
        /// Both sides have said all they had to say.
        case polite
        /// The client may still be sending: read over it, so that the answer reaches it.
        case linger
        /// There is nobody to say anything to.
        case drop
        /// The client must see that what it got is not the whole.
        case cut
    }

    private func serveOne() async -> Ending {
        switch await readHead() {
        case .head(let head):
            enter(.working, within: nil)
            server.requestBegan()
            let ending = await answer(head)
            server.requestEnded()
            guard ending == .goOn else { return ending }
            if server.isDraining { return .polite }
            enter(.idle, within: server.settings.idleTimeout)
            return .goOn
        case .refused(let refusal):
            enter(.working, within: nil)
            let response = server.handler.respond(
                toRefusal: refusal, remoteAddress: remoteAddress, isSecure: isSecure)
            let writer = ResponseWriter(connection: self, isHead: false, isVersion11: true)
            return await writer.write(response, keepsAlive: false).outcome == .completed ? .linger : .cut
        case .ended(let ending):
            return ending
        }
    }

    private func end(_ ending: Ending) async {
        switch ending {
        case .drop, .goOn:
            transport.close(reset: false)
        case .cut:
            transport.close(reset: true)
        case .polite:
            enter(.lingering, within: server.settings.lingerTimeout)
            await transport.finishTLS()
            transport.close(reset: false)
        case .linger:
            enter(.lingering, within: server.settings.lingerTimeout)
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
        while discarded < server.settings.lingerMaxBytes, interruption == nil {
            let edge = transport.readiness.readEdge
            guard let count = transport.discard(into: buffer.writable) else { return }
            discarded += count
            if count == 0 { await transport.readiness.readable(since: edge) }
        }
    }

    // MARK: Reading a head

    private enum HeadResult {
        case head(HTTP1RequestHead)
        case refused(HTTPRefusal)
        case ended(Ending)
    }

    private func readHead() async -> HeadResult {
        var parser = HTTP1Parser(limits: server.settings.limits)
        while true {
            if let input, input.readableCount > 0 {
                if phase == .idle { enter(.head, within: server.settings.headTimeout) }
                let (consumed, outcome) = parser.parse(input.readable)
                input.didRead(consumed)
                switch outcome {
                case .head(let head): return .head(head)
                case .refused(let refusal): return .refused(refusal)
                case .needsMore: break
                }
            }
            switch fillInput() {
            case .bytes: continue
            case .ended: return .ended(.polite)
            case .failed: return .ended(.drop)
            case .nothing: break
            }
            let hasBegun = parser.hasBegun || (input?.readableCount ?? 0) > 0
            if !hasBegun { releaseInput() }
            if let ended = await waitForHead(hasBegun: hasBegun) { return ended }
        }
    }

    private func waitForHead(hasBegun: Bool) async -> HeadResult? {
        if !hasBegun, server.isDraining { return .ended(.polite) }
        isUnused = !hasBegun
        await transport.readiness.readable(since: transport.receiveEdge)
        isUnused = false
        switch interruption {
        case nil: return nil
        case .timedOut where hasBegun:
            resumeAfterInterruption()
            return .refused(HTTPRefusal(status: 408, reason: "The request did not arrive in time."))
        case .timedOut, .draining:
            resumeAfterInterruption()
            return .ended(.polite)
        case .transferTooSlow, .cut: return .ended(.drop)
        }
    }

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

    private func releaseInput() {
        guard let held = input else { return }
        input = nil
        server.pool.giveBack(input: held)
    }

    // MARK: Answering

    private func answer(_ head: HTTP1RequestHead) async -> Ending {
        let hasBody = head.framing != .length(0)
        let body = hasBody ? RequestBody(connection: self, head: head) : nil
        let length: UInt64? = if case .length(let length) = head.framing { length } else { nil }
        let request = HTTPRequest(
            method: head.method, target: head.target, fields: head.fields, contentLength: length,
            body: body ?? emptyBody, remoteAddress: remoteAddress, isSecure: isSecure)
        let response = await server.handler.respond(to: request)
        let keepsAlive =
            head.keepsAlive && !response.closesConnection && !server.isDraining && interruption == nil
            && body?.canBeReadOver != false
        if interruption == .transferTooSlow { resumeAfterInterruption() }
        let writer = ResponseWriter(
            connection: self, isHead: head.method == .head, isVersion11: head.isVersion11)
        let written = await writer.write(response, keepsAlive: keepsAlive)
        server.handler.finished(
            request, status: written.status, bodyBytesSent: written.bodyBytes, outcome: written.outcome)
        let isWhole = await body?.readOver(keepsAlive: written.keepsAlive) ?? true
        body?.detach()
        guard written.outcome == .completed else { return .cut }
        guard written.keepsAlive else {
            return isWhole && (input?.readableCount ?? 0) == 0 ? .polite : .linger
        }
        return isWhole ? .goOn : .linger
    }

    // MARK: Time

    private func enter(_ phase: Phase, within limit: Duration?) {
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
            if transport.sending.verdict(at: now) != .fine { interrupt(.cut) }
        }
    }

    /// Ends all waiting for the client.
    func interrupt(_ reason: Interruption) {
        interruption = reason
        transport.readiness.interrupt()
    }

    /// Lets the connection wait again, to say goodbye.
    private func resumeAfterInterruption() {
        interruption = nil
        deadline = MonotonicInstant(nanoseconds: .max)
        transport.readiness.allowWaiting()
    }
}
