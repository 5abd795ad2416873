package import Domain
package import Ports
import SimCore

/// Sends the requests of one machine over the simulated network to the listeners of others.
package final class SimulatedTransport: HTTPTransport, @unchecked Sendable {
    private let host: Host
    private let network: Network
    /// Of a thousand exchanges that begin now, how many of what happen to.
    package struct Mishaps: Sendable {
        /// The connection breaks.
        package var cutPerMille = 0
        /// The request comes a second time, later, as whoever listened on the way may send it.
        package var repeatedPerMille = 0

        package init(cutPerMille: Int = 0, repeatedPerMille: Int = 0) {
            self.cutPerMille = cutPerMille
            self.repeatedPerMille = repeatedPerMille
        }
    }

    private let mishaps: () -> Mishaps
    /// Who listens at an address; nil for nobody, which is heard at once.
    private let find: (HTTPOrigin) -> Listener?
    /// A request that came again was let in like the first; nil where that is as it should be.
    private let whenLetInTwice: (() -> Void)?

    package init(
        from host: Host, _ network: Network, mishaps: @escaping () -> Mishaps,
        whenLetInTwice: (() -> Void)? = nil, find: @escaping (HTTPOrigin) -> Listener?
    ) {
        self.whenLetInTwice = whenLetInTwice
        self.host = host
        self.network = network
        self.mishaps = mishaps
        self.find = find
    }

    private enum Opening: Sendable {
        case open, refused, silent, cancelled
    }

    package func send(
        _ request: HTTPClientRequest
    ) async throws(HTTPTransportError) -> HTTPClientResponse {
        guard !Task.isCancelled, !network.scheduler.isEnding else { throw .cancelled }
        guard let listener = find(request.origin) else { throw .unreachable }
        switch await open(listener, request.patience.connect) {
        case .open: break
        case .refused: throw .unreachable
        case .silent: throw .timedOut(.notSent)
        case .cancelled: throw .cancelled
        }
        let mishaps = mishaps()
        let connection = Connection(
            network, client: host, server: listener.host, cutPerMille: mishaps.cutPerMille)
        let copy = network.random.happens(perMille: mishaps.repeatedPerMille) ? SentCopy() : nil
        defer { copy?.send(again: listener, from: host, network, whenLetInTwice) }
        let answer = AwaitedAnswer(
            network.scheduler, connection, patience: request.patience, isOfHead: request.method == .head)
        do throws(HTTPTransportError) {
            try await sendBody(of: request, connection, to: listener, answer, copy)
            let response = try await answer.head()
            copy?.wasLetIn = response.status < 300
            return response
        } catch {
            connection.clientLeft()
            throw error
        }
    }

    /// One message there and one back.
    private func open(_ listener: Listener, _ patience: Duration) async -> Opening {
        let opening = Promise<Opening>()
        let (network, host) = (network, host)
        network.send(host, to: listener.host) {
            guard !listener.isSilent else { return }
            let isListening = listener.handler != nil
            network.send(listener.host, to: host) { opening.keep(isListening ? .open : .refused) }
        }
        network.scheduler.after(patience) { opening.keep(.silent) }
        return await opening.wait(orWhenCancelled: .cancelled)
    }

    private func sendBody(
        of request: HTTPClientRequest, _ connection: Connection, to listener: Listener,
        _ answer: AwaitedAnswer, _ copy: SentCopy?
    ) async throws(HTTPTransportError) {
        let (stream, length): (any ByteStream, UInt64?) =
            switch request.body {
            case .none: (BytesStream([]), 0)
            case .bytes(let bytes): (BytesStream(bytes), UInt64(bytes.count))
            case .stream(let stream, let length): (stream, length)
            }
        var fields = request.fields
        if fields.first("host") == nil { fields.append("host", request.origin.authority) }
        let body = ArrivingBody(network.scheduler, patience: .seconds(30))
        let incoming = Listener.Incoming(
            method: request.method, target: request.target, fields: fields, length: length, body: body,
            isSecure: request.origin.isSecure)
        copy?.head = (request.method, request.target, fields, length)
        let hangsUpTask = network.random.happens(Ratio(1, of: 2))
        connection.sendRequest {
            if !listener.accept(
                incoming, over: connection, hangsUpTask: hangsUpTask, receive: { answer.receive($0) })
            {
                connection.serverDied(isSilent: false)
            }
        }
        let buffer = ByteBuffer(capacity: 65_536)
        var sent: UInt64 = 0
        while !answer.hasBegun {
            do throws(ByteStreamError) {
                let count = try await stream.read(into: buffer)
                sent += UInt64(count)
                if let length, sent > length { throw .tooLarge(limit: length) }
                if count == 0, let length, sent < length { throw .truncated }
            } catch {
                throw error == .cancelled || Task.isCancelled ? .cancelled : .body(error)
            }
            let bytes = [UInt8](buffer.readable)
            buffer.clear()
            copy?.body += bytes
            copy?.isWhole = bytes.isEmpty
            try await answer.deliver(bytes, to: body)
            if bytes.isEmpty { return }
        }
    }
}

/// A request that was sent, to be sent once more.
private final class SentCopy: @unchecked Sendable {
    var head: (method: HTTPMethod, target: String, fields: HTTPFields, length: UInt64?)?
    var body: [UInt8] = []
    /// Its end was sent.
    var isWhole = false
    /// It was answered with success.
    var wasLetIn = false

    /// As it is, over a connection of its own, to whoever listens then. Nobody waits for the answer.
    func send(
        again listener: Listener, from host: Host, _ network: Network, _ whenLetInTwice: (() -> Void)?
    ) {
        guard isWhole, let head, !network.scheduler.isEnding else { return }
        let (body, whenRepeated) = (body, network.whenRepeated)
        network.scheduler.after(network.random.longTail(.milliseconds(1), .seconds(20))) {
            guard network.isOpen(host, to: listener.host), !listener.isSilent else { return }
            let connection = Connection(network, client: host, server: listener.host, cutPerMille: 0)
            let arriving = ArrivingBody(network.scheduler, patience: .seconds(30))
            let incoming = Listener.Incoming(
                method: head.method, target: head.target, fields: head.fields, length: head.length,
                body: arriving, isSecure: true)
            guard
                listener.accept(
                    incoming, over: connection, hangsUpTask: false,
                    receive: { piece in
                        if case .head(200..<300, _, _) = piece, self.wasLetIn { whenLetInTwice?() }
                    })
            else { return }
            whenRepeated()
            arriving.arrive(body, isLast: true)
        }
    }
}

/// The client's side of an exchange: what has come of the answer so far.
private final class AwaitedAnswer: @unchecked Sendable {
    private enum Turn: Sendable {
        case moved, broken, tooSlow, cancelled
    }

    private let scheduler: Scheduler
    private let connection: Connection
    private let patience: HTTPPatience
    private let body: ArrivingBody
    private var received: (status: Int, fields: HTTPFields, length: UInt64?)?
    private let isOfHead: Bool
    private var isBroken = false
    private var turn: Promise<Turn>?

    init(_ scheduler: Scheduler, _ connection: Connection, patience: HTTPPatience, isOfHead: Bool) {
        self.isOfHead = isOfHead
        self.scheduler = scheduler
        self.connection = connection
        self.patience = patience
        body = ArrivingBody(scheduler, patience: patience.idle)
        body.whenClosed = { connection.clientLeft() }
        connection.clientHears = {
            self.isBroken = true
            self.body.fail(.truncated)
            self.turn?.keep(.broken)
        }
    }

    var hasBegun: Bool { received != nil }

    func receive(_ piece: Listener.Piece) {
        switch piece {
        case .head(let status, let fields, let length):
            received = (status, fields, length)
            if !isOfHead { body.expected = length }
            turn?.keep(.moved)
        case .bytes(let bytes): body.arrive(bytes, isLast: false)
        case .end: body.arrive([], isLast: true)
        }
    }

    /// Sends a piece of the request's body and waits until it has arrived; no bytes are the end.
    func deliver(_ bytes: [UInt8], to target: ArrivingBody) async throws(HTTPTransportError) {
        guard !isBroken else { throw .brokenOff(.maybeSent) }
        let turn = Promise<Turn>()
        self.turn = turn
        connection.sendRequest {
            target.arrive(bytes, isLast: bytes.isEmpty)
            turn.keep(.moved)
        }
        if bytes.isEmpty { return }
        try await wait(turn, patience.idle)
    }

    func head() async throws(HTTPTransportError) -> HTTPClientResponse {
        if received == nil {
            guard !isBroken else { throw .brokenOff(.maybeSent) }
            let turn = Promise<Turn>()
            self.turn = turn
            try await wait(turn, patience.answer)
        }
        guard let received else { throw .brokenOff(.maybeSent) }
        return HTTPClientResponse(
            status: received.status, fields: received.fields, contentLength: received.length, body: body)
    }

    private func wait(_ turn: Promise<Turn>, _ patience: Duration) async throws(HTTPTransportError) {
        scheduler.after(patience) { turn.keep(.tooSlow) }
        switch await turn.wait(orWhenCancelled: .cancelled) {
        case .moved: break
        case .broken: throw .brokenOff(.maybeSent)
        case .tooSlow: throw .timedOut(.maybeSent)
        case .cancelled: throw .cancelled
        }
    }
}
