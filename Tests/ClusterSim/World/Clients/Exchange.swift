import Domain
package import Ports
import SimCheckers
import SimCore

/// A request as a client of the simulation sends it.
package struct SentRequest: Sendable {
    package var method: HTTPMethod
    package var target: String
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]
    var operation: OperationID?
    /// It has no effect.
    var onlyLooks = false

    /// Whether it does no harm that it comes twice.
    var isRepeatable: Bool { onlyLooks || fields.contains { $0.name == "idempotency-key" } }

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
            network, client: client, server: node.host,
            cutPerMille: world.isCalm ? 0 : world.options.cutPerMille)
        let outcome = Promise<Reception>()
        let answer = AnswerInParts()
        connection.clientHears = { outcome.keep(.gone) }
        world.scheduler.after(patience) { outcome.keep(.gone) }
        deliver(request, connection, to: node.listener, outcome) { piece in
            if let whole = answer.add(piece) { outcome.keep(.answered(whole)) }
        }
        repeats(request, from: client, to: node)
        let result = await outcome.wait(orWhenCancelled: .gone)
        if case .gone = result {
            connection.clientLeft()
            // A part of an answer with success says at least that it was one.
            if let part = answer.received { return .answered(part) }
        }
        return result
    }

    /// Now and then somebody on the way sends a request once more, where that is allowed: one that only
    /// looks, or one under a key. Nobody waits for the answer.
    private func repeats(_ request: SentRequest, from client: Host, to node: SimulatedNode) {
        guard !world.isCalm, request.isRepeatable, random.happens(perMille: world.options.repeatedPerMille)
        else { return }
        var copy = request
        // What looks for an operation that is over is not told of it.
        if request.onlyLooks { copy.operation = nil }
        let isSent = world.addActor(for: copy.operation)
        world.scheduler.after(random.longTail(.milliseconds(1), .seconds(20))) {
            if !world.scheduler.isEnding {
                world.probe(.requestRepeated)
                let connection = Connection(network, client: client, server: node.host, cutPerMille: 0)
                deliver(copy, connection, to: node.listener, Promise<Reception>()) { _ in }
            }
            isSent()
        }
    }

    /// Sends the head and then the pieces of the body.
    private func deliver(
        _ request: SentRequest, _ connection: Connection, to listener: Listener,
        _ outcome: Promise<Reception>, _ receive: @escaping (Listener.Piece) -> Void
    ) {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < request.body.count {
            let left = request.body.count - start
            let count = random.happens(Ratio(1, of: 2)) ? left : random.number(in: 1...left)
            pieces.append(request.body[start..<start + count])
            start += count
        }
        var fields = HTTPFields()
        for field in request.fields { fields.append(field.name, field.value) }
        let body = ArrivingBody(world.scheduler, patience: .seconds(30))
        let isOver = world.addActor(for: request.operation)
        let incoming = Listener.Incoming(
            method: request.method, target: request.target, fields: fields,
            length: UInt64(request.body.count), body: body, isSecure: true, operation: request.operation,
            whenOver: isOver)
        let hangsUpTask = random.happens(Ratio(1, of: 2))
        let network = network
        connection.sendRequest(isLost: isOver) {
            if listener.isSilent { return isOver() }
            if !listener.accept(incoming, over: connection, hangsUpTask: hangsUpTask, receive: receive) {
                isOver()
                network.carry(listener.host, to: connection.client, in: network.delay()) {
                    outcome.keep(.refused)
                }
            }
        }
        for (index, piece) in pieces.enumerated() {
            connection.sendRequest { body.arrive(piece, isLast: index == pieces.count - 1) }
        }
    }

    /// What has come of an answer.
    private final class AnswerInParts: @unchecked Sendable {
        private(set) var received: ReceivedAnswer?

        /// The answer, when its end has come.
        func add(_ piece: Listener.Piece) -> ReceivedAnswer? {
            switch piece {
            case .head(let status, let fields, let length):
                received = ReceivedAnswer(status: status, fields: fields, length: length)
            case .bytes(let bytes): received?.body += bytes
            case .end:
                guard var whole = received else { return nil }
                whole.isWhole = whole.length.map { $0 == UInt64(whole.body.count) } ?? true
                received = whole
                return whole
            }
            return nil
        }
    }
}
