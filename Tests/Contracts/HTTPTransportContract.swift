package import Domain
package import Ports
private import Synchronization
import Testing

/// What every `HTTPTransport` does. Each case gets a way to have a handler served, and the transport that is
/// to reach it.
package struct TransportSubject: Sendable {
    package let transport: any HTTPTransport
    /// Where `serve` makes the handler answer.
    package let origin: HTTPOrigin
    /// Where nobody listens.
    package let nowhere: HTTPOrigin
    package let serve: @Sendable (any HTTPHandler) async throws -> Void

    package init(
        transport: any HTTPTransport, origin: HTTPOrigin, nowhere: HTTPOrigin,
        serve: @escaping @Sendable (any HTTPHandler) async throws -> Void
    ) {
        self.transport = transport
        self.origin = origin
        self.nowhere = nowhere
        self.serve = serve
    }

    fileprivate func request(
        _ method: HTTPMethod = .get, _ target: String = "/", at origin: HTTPOrigin? = nil,
        fields: HTTPFields = HTTPFields(), body: HTTPClientRequest.Body = .none
    ) -> HTTPClientRequest {
        HTTPClientRequest(
            method: method, origin: origin ?? self.origin, target: target, fields: fields, body: body,
            patience: HTTPPatience(connect: .seconds(10), answer: .seconds(10), idle: .seconds(10)))
    }

    /// The error of a request; nil when it is answered.
    fileprivate func failure(_ request: HTTPClientRequest) async -> HTTPTransportError? {
        do throws(HTTPTransportError) {
            try await transport.send(request).body.close()
            return nil
        } catch {
            return error
        }
    }
}

/// A handler that does what a test says.
package final class ScriptedHandler: HTTPHandler {
    private let script: @Sendable (HTTPRequest) async -> HTTPResponse
    private let endings = Mutex<[HTTPExchangeOutcome]>([])

    package init(_ script: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) { self.script = script }

    /// How the exchanges ended that are over.
    package var outcomes: [HTTPExchangeOutcome] { endings.withLock { $0 } }

    package func respond(to request: HTTPRequest) async -> HTTPResponse { await script(request) }

    package func respond(
        toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool
    ) -> HTTPResponse { HTTPResponse(status: refusal.status) }

    package func finished(
        _ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome
    ) {
        endings.withLock { $0.append(outcome) }
    }
}

package enum HTTPTransportContract {
    package typealias Case = ContractCase<TransportSubject>

    package static let cases: [Case] = heads + bodies + failures

    private static let heads: [Case] = [
        Case("A request arrives with its method, target and fields, and the answer with its own") { subject in
            try await subject.serve(
                ScriptedHandler { request in
                    var response = HTTPResponse(status: 207)
                    response.fields.append("x-seen-method", request.method.token)
                    response.fields.append("x-seen-target", request.target)
                    response.fields.append("x-seen-host", request.fields.only("host") ?? "none")
                    response.fields.append("x-seen-own", request.fields.joined("x-own") ?? "none")
                    response.fields.append("x-many", "one")
                    response.fields.append("x-many", "two")
                    response.body = .bytes(Array("hello".utf8))
                    return response
                })
            var fields = HTTPFields()
            fields.append("x-own", "a b")
            fields.append("x-own", "c")
            let response = try await subject.transport.send(
                subject.request(.delete, "/a%20b?c=%2F", fields: fields))
            #expect(response.status == 207)
            #expect(response.fields.only("x-seen-method") == "DELETE")
            #expect(response.fields.only("x-seen-target") == "/a%20b?c=%2F")
            #expect(response.fields.only("x-seen-host") == subject.origin.authority)
            #expect(response.fields.only("x-seen-own") == "a b, c")
            #expect(response.fields.joined("x-many") == "one, two")
            #expect(response.contentLength == 5)
            #expect(try await response.body.collect() == Array("hello".utf8))
        },
        Case("The answer to HEAD has a length and no body") { subject in
            try await subject.serve(
                ScriptedHandler { _ in
                    var response = HTTPResponse(status: 200)
                    response.announcedLength = 12_345
                    return response
                })
            let response = try await subject.transport.send(subject.request(.head))
            #expect(response.contentLength == 12_345)
            #expect(try await response.body.collect() == [])
        },
        Case("A redirect is an answer, and nothing is followed") { subject in
            try await subject.serve(
                ScriptedHandler { request in
                    var response = HTTPResponse(status: request.target == "/" ? 307 : 200)
                    response.fields.append("location", "/elsewhere")
                    return response
                })
            #expect(try await subject.transport.send(subject.request()).status == 307)
        },
    ]

    private static let bodies: [Case] = [
        Case("Bodies of every size go both ways, of known and of unknown length") { subject in
            try await subject.serve(ScriptedHandler { await echo($0) })
            for size in [0, 1, 262_143, 262_144, 262_145, 1_000_001] {
                let bytes = pattern(size)
                for length in [UInt64(size), nil] {
                    let response = try await subject.transport.send(
                        subject.request(.put, body: .stream(PiecewiseBody(bytes), length: length)))
                    #expect(response.status == 200)
                    #expect(response.fields.only("x-length") == (length.map { "\($0)" } ?? "none"))
                    #expect(try await response.body.collect() == bytes)
                }
                let response = try await subject.transport.send(subject.request(.put, body: .bytes(bytes)))
                #expect(try await response.body.collect() == bytes)
            }
        },
        Case("An answer that comes before the body was taken spares the rest of it") { subject in
            try await subject.serve(ScriptedHandler { _ in HTTPResponse(status: 401) })
            let body = PiecewiseBody(pattern(4 << 20))
            let response = try await subject.transport.send(
                subject.request(.put, body: .stream(body, length: 4 << 20)))
            #expect(response.status == 401)
            #expect(try await response.body.collect() == [])
        },
        Case("An answer's body may be closed before its end") { subject in
            try await subject.serve(
                ScriptedHandler { _ in
                    HTTPResponse(status: 200, body: .stream(PiecewiseBody(pattern(2 << 20)), length: 2 << 20))
                })
            for _ in 0..<3 {
                let response = try await subject.transport.send(subject.request())
                #expect(try await response.body.read(into: ByteBuffer(capacity: 10)) > 0)
                response.body.close()
                response.body.close()
            }
        },
    ]

    private static let failures: [Case] = [
        Case("Where nobody listens nothing was sent") { subject in
            let failure = await subject.failure(subject.request(at: subject.nowhere))
            #expect(failure == .unreachable)
            #expect(failure?.delivery == .notSent)
        },
        Case("A request's body that fails is broken off, and the other side never takes it for whole") {
            subject in
            let taken = Taken()
            try await subject.serve(ScriptedHandler { await take($0, taken) })
            for failure in [ByteStreamError.truncated, .malformed, .timedOut, .corrupt, .unavailable] {
                for length in [UInt64(700_000), nil] {
                    let body = PiecewiseBody(pattern(600_000), failure: failure)
                    let outcome = await subject.failure(
                        subject.request(.put, body: .stream(body, length: length)))
                    #expect(outcome == .body(failure))
                }
            }
            #expect(taken.wholeBodies == 0)
        },
        Case("A request's body that is longer or shorter than announced is broken off") { subject in
            let taken = Taken()
            try await subject.serve(ScriptedHandler { await take($0, taken) })
            let short = PiecewiseBody(pattern(1_000))
            #expect(
                await subject.failure(subject.request(.put, body: .stream(short, length: 1_001)))
                    == .body(.truncated))
            let long = PiecewiseBody(pattern(1_000))
            #expect(
                await subject.failure(subject.request(.put, body: .stream(long, length: 999)))
                    == .body(.tooLarge(limit: 999)))
            #expect(taken.wholeBodies == 0)
        },
        Case("An answer that breaks off fails, and never ends early") { subject in
            for length in [UInt64(900_000), nil] {
                try await subject.serve(
                    ScriptedHandler { _ in
                        let body = PiecewiseBody(pattern(800_000), failure: .unavailable)
                        return HTTPResponse(status: 200, body: .stream(body, length: length))
                    })
                let response = try await subject.transport.send(subject.request())
                await #expect(throws: ByteStreamError.truncated) { try await response.body.collect() }
                await #expect(throws: ByteStreamError.truncated) { try await response.body.collect() }
            }
        },
        Case("A cancelled caller is told so") { subject in
            try await subject.serve(ScriptedHandler { await echo($0) })
            let outcome = await withTaskGroup(of: HTTPTransportError?.self) { group in
                group.addTask {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await subject.failure(subject.request())
                }
                group.addTask {
                    let body = PiecewiseBody(pattern(600_000)) { position in
                        if position >= 300_000 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                    return await subject.failure(subject.request(.put, body: .stream(body, length: 600_000)))
                }
                var outcomes: [HTTPTransportError?] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcome == [.cancelled, .cancelled])
        },
    ]

    /// How many bodies a handler read to their end.
    private final class Taken: Sendable {
        private let count = Mutex(0)
        var wholeBodies: Int { count.withLock { $0 } }
        func noteWholeBody() { count.withLock { $0 += 1 } }
    }

    private static func take(_ request: HTTPRequest, _ taken: Taken) async -> HTTPResponse {
        do {
            _ = try await request.body.collect()
            taken.noteWholeBody()
            return HTTPResponse(status: 200)
        } catch {
            return HTTPResponse(status: 400)
        }
    }

    private static func echo(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            let bytes = try await request.body.collect()
            let isKnown = request.contentLength != nil
            var response = HTTPResponse(
                status: 200, body: .stream(BytesStream(bytes), length: isKnown ? UInt64(bytes.count) : nil))
            response.fields.append("x-length", request.contentLength.map { "\($0)" } ?? "none")
            return response
        } catch {
            return HTTPResponse(status: 500)
        }
    }

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    }
}
