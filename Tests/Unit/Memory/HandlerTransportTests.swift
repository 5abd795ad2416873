import Domain
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("Requests to handlers in memory")
struct HandlerTransportTests {
    @Test("The contract of transports holds", arguments: HTTPTransportContract.cases)
    func contract(sentence: HTTPTransportContract.Case) async throws {
        let transport = HandlerTransport()
        let origin = try #require(HTTPOrigin(parsing: "https://node-1:8443"))
        let nowhere = try #require(HTTPOrigin(parsing: "https://node-2:8443"))
        try await sentence.check(
            TransportSubject(transport: transport, origin: origin, nowhere: nowhere) {
                transport.serve(origin, by: $0)
            })
    }

    @Test("A handler hears how each exchange ended")
    func outcomes() async throws {
        let transport = HandlerTransport()
        let origin = try #require(HTTPOrigin(parsing: "http://node-1:80"))
        let handler = ScriptedHandler { request in
            let failure: ByteStreamError? = request.target == "/fails" ? .corrupt : nil
            let body = PiecewiseBody([1, 2, 3], failure: failure)
            return HTTPResponse(status: 200, body: .stream(body, length: 3))
        }
        transport.serve(origin, by: handler)
        for target in ["/whole", "/fails", "/closed"] {
            let response = try await transport.send(
                HTTPClientRequest(
                    method: .get, origin: origin, target: target,
                    patience: HTTPPatience(connect: .seconds(1), answer: .seconds(1), idle: .seconds(1))))
            if target == "/closed" {
                response.body.close()
            } else {
                _ = try? await response.body.collect()
            }
        }
        #expect(handler.outcomes == [.completed, .failed, .aborted])
        transport.serve(origin, by: nil)
    }
}
