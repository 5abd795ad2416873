import Domain
package import Ports
import SimCheckers
package import SimCore

/// The server's end of the network at one machine: takes connections while a handler is there, and runs each
/// exchange as a task of the process that listens.
package final class Listener: @unchecked Sendable {
    package let host: Host
    let network: Network
    package var executor: NodeExecutor
    /// Nil: connections are refused.
    package var handler: (any HTTPHandler)?
    /// Nothing answers at all: a machine without power.
    package var isSilent = false
    /// In the order in which they were opened.
    private var connections: [Connection] = []

    package init(_ host: Host, _ network: Network, _ executor: NodeExecutor) {
        self.host = host
        self.network = network
        self.executor = executor
    }

    /// Nothing is being answered.
    var isIdle: Bool { connections.isEmpty }

    /// A request as it comes in; its body may still be on the way.
    struct Incoming {
        let method: HTTPMethod
        let target: String
        let fields: HTTPFields
        let length: UInt64?
        let body: ArrivingBody
        let isSecure: Bool
        /// What a client's request is in the history.
        var operation: OperationID?
        /// Called when the server's side is over: it has come to its end, or lost its power.
        var whenOver: (() -> Void)?
    }

    /// A part of an answer on its way out.
    enum Piece: Sendable {
        case head(status: Int, HTTPFields, length: UInt64?)
        case bytes([UInt8])
        case end
    }

    /// A request has come over a connection. `receive` is called at the client's end, in order. False when
    /// nobody listens.
    func accept(
        _ incoming: Incoming, over connection: Connection, hangsUpTask: Bool,
        receive: @escaping (Piece) -> Void
    ) -> Bool {
        guard let handler else { return false }
        connections.append(connection)
        let body: any ByteStream = incoming.length == 0 ? BytesStream([]) : incoming.body
        let request = HTTPRequest(
            method: incoming.method, target: incoming.target, fields: incoming.fields,
            contentLength: incoming.length, body: body, remoteAddress: "10.0.0.\(connection.client.number)",
            isSecure: incoming.isSecure)
        let trace = network.scheduler.trace
        let (name, client) = (host.name, connection.client.name)
        trace.note(
            name, "receives", incoming.length ?? 0, 0,
            "\(incoming.method.token) \(incoming.target) of \(client)")
        let exchange = ServedExchange(request: request, connection: connection, receive: receive)
        connection.whenServerDies = incoming.whenOver
        let operation = incoming.operation
        let task = executor.start("\(incoming.method.token) \(incoming.target) of \(client)") {
            await CurrentOperation.$id.withValue(operation) {
                await exchange.serve(handler, trace, name)
            }
            self.connections.removeAll { $0 === connection }
            connection.whenServerDies?()
        }
        let arriving = incoming.body
        connection.serverHears = {
            arriving.fail(.truncated)
            exchange.clientLeft()
            // A server of HTTP/2 cancels at once, one of HTTP/1.1 learns of it when it reads or writes.
            if hangsUpTask { task.cancel() }
        }
        return true
    }

    /// The process is gone, and its connections with it.
    func die() {
        handler = nil
        for connection in connections { connection.serverDied(isSilent: isSilent) }
        connections = []
    }
}

/// The server's side of one exchange: what a listener does with its handler.
private final class ServedExchange: @unchecked Sendable {
    private let request: HTTPRequest
    private let connection: Connection
    private let receive: (Listener.Piece) -> Void
    private var delivery: Promise<Bool>?

    init(request: HTTPRequest, connection: Connection, receive: @escaping (Listener.Piece) -> Void) {
        self.request = request
        self.connection = connection
        self.receive = receive
    }

    func clientLeft() { delivery?.keep(false) }

    func serve(_ handler: any HTTPHandler, _ trace: Trace, _ name: String) async {
        let response = await handler.respond(to: request)
        trace.note(
            name, "answers", UInt64(response.status), 0,
            "\(response.status) to \(request.method.token) \(request.target)")
        let (sent, outcome) = await send(response)
        handler.finished(request, status: response.status, bodyBytesSent: sent, outcome: outcome)
    }

    private func send(_ response: HTTPResponse) async -> (UInt64, HTTPExchangeOutcome) {
        let status = response.status
        let fields = response.fields.listed
        switch response.body {
        case .empty:
            let length = request.method == .head ? response.announcedLength : 0
            pass(.head(status: status, fields, length: length))
            pass(.end)
            return (0, ending)
        case .bytes(let bytes): return sendAll(bytes, status, fields)
        case .slice(let bytes, let range): return sendAll(Array(bytes[range]), status, fields)
        case .stream(let stream, let length):
            pass(.head(status: status, fields, length: length))
            return await pump(stream)
        }
    }

    private func sendAll(
        _ bytes: [UInt8], _ status: Int, _ fields: HTTPFields
    ) -> (UInt64, HTTPExchangeOutcome) {
        pass(.head(status: status, fields, length: UInt64(bytes.count)))
        if !bytes.isEmpty { pass(.bytes(bytes)) }
        pass(.end)
        return (UInt64(bytes.count), ending)
    }

    private var ending: HTTPExchangeOutcome { connection.isBroken ? .aborted : .completed }

    private func pass(_ piece: Listener.Piece) {
        let receive = receive
        connection.sendAnswer { receive(piece) }
    }

    /// Sends a stream, one piece after the other has arrived.
    private func pump(_ stream: any ByteStream) async -> (UInt64, HTTPExchangeOutcome) {
        let receive = receive
        let buffer = ByteBuffer(capacity: 16_384)
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
            let delivery = Promise<Bool>()
            self.delivery = delivery
            connection.sendAnswer {
                receive(.bytes(bytes))
                delivery.keep(true)
            }
            connection.scheduler.after(Self.patience) { delivery.keep(false) }
            guard await delivery.wait(orWhenCancelled: false) else {
                stream.close()
                connection.breakOff()
                return (sent, .aborted)
            }
        }
        pass(.end)
        return (sent, ending)
    }

    /// How long a client may take nothing.
    private static let patience: Duration = .seconds(30)
}

extension HTTPFields {
    /// One by one, as they arrive at the other side.
    fileprivate var listed: HTTPFields {
        var fields = HTTPFields()
        for field in all { fields.append(field.name, field.value) }
        for field in blocks.flatMap(\.fields) { fields.append(field.name, field.value) }
        return fields
    }
}
