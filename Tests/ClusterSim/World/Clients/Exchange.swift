import API
import Domain
package import Ports
import SimCore

/// A request as a client of the simulation sends it.
package struct SentRequest: Sendable {
    package var method: HTTPMethod
    package var target: String
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        _ method: HTTPMethod, _ target: String, fields: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }
}

/// What a client has of an answer.
package struct ReceivedAnswer: Sendable {
    package var status: Int
    package var fields: HTTPFields
    package var body: [UInt8] = []
    /// What `Content-Length` said; nil for a chunked body.
    package var length: UInt64?
    /// The end arrived, and as much as was announced.
    package var isWhole = false
}

/// How an exchange ended for its client.
package enum Reception: Sendable {
    case answered(ReceivedAnswer)
    /// Nobody took the connection: the request was never seen.
    case refused
    /// The connection broke, or nothing came for too long: nobody knows.
    case gone
}

/// Carries HTTP exchanges between clients and nodes.
package struct HTTPTraffic: Sendable {
    let world: World
    private var network: Network { world.network }
    private var random: RandomStream { world.network.random }

    /// Sends a request and waits for the whole answer, `patience` at most.
    package func exchange(
        _ request: SentRequest, from client: Host, to node: SimulatedNode, patience: Duration
    ) async -> Reception {
        if world.scheduler.isEnding { return .gone }
        let connection = Connection(
            network, client: client, server: node.host, cutPerMille: world.options.cutPerMille)
        let outcome = Promise<Reception>()
        var answer: ReceivedAnswer?
        connection.clientHears = { outcome.keep(.gone) }
        world.scheduler.after(patience) { outcome.keep(.gone) }
        let hangsUpTask = random.happens(Ratio(1, of: 2))
        let receive: (AnswerPiece) -> Void = { piece in
            switch piece {
            case .head(let head): answer = head
            case .bytes(let bytes): answer?.body += bytes
            case .end:
                guard var whole = answer else { return }
                whole.isWhole = whole.length.map { $0 == UInt64(whole.body.count) } ?? true
                outcome.keep(.answered(whole))
            }
        }
        deliver(request, connection, to: node, outcome, hangsUpTask, receive)
        let result = await outcome.wait(orWhenCancelled: .gone)
        if case .gone = result {
            connection.clientLeft()
            // A part of an answer with success says at least that it was one.
            if let answer { return .answered(answer) }
        }
        return result
    }

    enum AnswerPiece: Sendable {
        case head(ReceivedAnswer)
        case bytes([UInt8])
        case end
    }

    /// Sends the head and then the pieces of the body.
    private func deliver(
        _ request: SentRequest, _ connection: Connection, to node: SimulatedNode,
        _ outcome: Promise<Reception>, _ hangsUpTask: Bool, _ receive: @escaping (AnswerPiece) -> Void
    ) {
        let body = ArrivingBody(world.scheduler, patience: .seconds(30))
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < request.body.count {
            let left = request.body.count - start
            let count = random.happens(Ratio(1, of: 2)) ? left : random.number(in: 1...left)
            pieces.append(request.body[start..<start + count])
            start += count
        }
        connection.sendRequest {
            self.accept(request, body, connection, at: node, outcome, hangsUpTask, receive)
            if pieces.isEmpty { body.arrive([], isLast: true) }
        }
        for (index, piece) in pieces.enumerated() {
            connection.sendRequest { body.arrive(piece, isLast: index == pieces.count - 1) }
        }
    }

    /// A connection with a request has come to the machine of a node.
    private func accept(
        _ sent: SentRequest, _ body: ArrivingBody, _ connection: Connection, at node: SimulatedNode,
        _ outcome: Promise<Reception>, _ hangsUpTask: Bool, _ receive: @escaping (AnswerPiece) -> Void
    ) {
        guard let handler = node.handler, node.state == .serving else {
            network.carry(node.host, to: connection.client, in: network.delay()) { outcome.keep(.refused) }
            return
        }
        node.opened(connection)
        var fields = HTTPFields()
        for field in sent.fields { fields.append(field.name, field.value) }
        let request = HTTPRequest(
            method: sent.method, target: sent.target, fields: fields, contentLength: UInt64(sent.body.count),
            body: body, remoteAddress: "10.0.0.\(connection.client.number)", isSecure: true)
        let exchange = ServedExchange(request: request, connection: connection, receive: receive)
        let trace = world.scheduler.trace
        let client = connection.client.name
        trace.note(
            node.host.name, "receives", UInt64(sent.body.count), 0,
            "\(sent.method.token) \(sent.target) of \(client)")
        let task = node.executor.start("\(sent.method.token) \(sent.target) of \(client)") {
            await exchange.serve(handler, trace, node.host.name)
            node.closed(connection)
        }
        connection.serverHears = {
            body.fail(.truncated)
            // A server of HTTP/2 cancels at once, one of HTTP/1.1 learns of it when it reads or writes.
            if hangsUpTask { task.cancel() }
        }
    }
}

/// The server's side of one exchange: what the listener of a node does with the handler.
private final class ServedExchange: @unchecked Sendable {
    private let request: HTTPRequest
    private let connection: Connection
    private let receive: (HTTPTraffic.AnswerPiece) -> Void

    init(
        request: HTTPRequest, connection: Connection, receive: @escaping (HTTPTraffic.AnswerPiece) -> Void
    ) {
        self.request = request
        self.connection = connection
        self.receive = receive
    }

    func serve(_ handler: CallFSHandler, _ trace: Trace, _ name: String) async {
        let response = await handler.respond(to: request)
        trace.note(
            name, "answers", UInt64(response.status), 0,
            "\(response.status) to \(request.method.token) \(request.target)")
        let (sent, outcome) = await send(response)
        handler.finished(request, status: response.status, bodyBytesSent: sent, outcome: outcome)
    }

    private func send(_ response: HTTPResponse) async -> (UInt64, HTTPExchangeOutcome) {
        let receive = receive
        var head = ReceivedAnswer(status: response.status, fields: response.fields)
        switch response.body {
        case .empty:
            head.length = response.announcedLength == nil || request.method != .head ? 0 : nil
            pass(.head(head))
        case .bytes(let bytes):
            head.length = UInt64(bytes.count)
            pass(.head(head))
            if !bytes.isEmpty { pass(.bytes(bytes)) }
        case .slice(let bytes, let range):
            head.length = UInt64(range.count)
            pass(.head(head))
            pass(.bytes(Array(bytes[range])))
        case .stream(let stream, let length):
            head.length = length
            pass(.head(head))
            return await pump(stream)
        }
        connection.sendAnswer { receive(.end) }
        return (head.length ?? 0, connection.isBroken ? .aborted : .completed)
    }

    private func pass(_ piece: HTTPTraffic.AnswerPiece) {
        let receive = receive
        connection.sendAnswer { receive(piece) }
    }

    private func pump(_ stream: any ByteStream) async -> (UInt64, HTTPExchangeOutcome) {
        let receive = receive
        let buffer = ByteBuffer(capacity: 4_096)
        var sent: UInt64 = 0
        while true {
            if connection.isBroken {
                stream.close()
                return (sent, .aborted)
            }
            do throws(ByteStreamError) {
                guard try await stream.read(into: buffer) > 0 else { break }
            } catch {
                // Cut, so that nobody takes a prefix for the whole.
                connection.breakOff()
                return (sent, .failed)
            }
            let bytes = [UInt8](buffer.readable)
            buffer.clear()
            sent += UInt64(bytes.count)
            connection.sendAnswer { receive(.bytes(bytes)) }
        }
        connection.sendAnswer { receive(.end) }
        return (sent, connection.isBroken ? .aborted : .completed)
    }
}
