import HTTPServer
import Ports
import Testing

@Suite("Exchanges over HTTP/2")
struct HTTP2ExchangeTests {
    private static let noError: UInt32 = 0
    private static let internalError: UInt32 = 2

    private func echoTarget(_ request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse(status: 200, body: .bytes(Array(request.target.utf8)))
        response.fields.append("x-host", request.fields.only("host") ?? "-")
        return response
    }

    @Test("Many requests at once are answered each for itself, with date and length")
    func parallel() async throws {
        try await LiveServer.answering(by: echoTarget).run { server in
            let client = try HTTP2Client(server)
            let ids = (0..<100).map { client.request("GET", "/\($0)") }
            for (number, id) in ids.enumerated() {
                let answer = try client.answer(id)
                #expect(answer.status == "200")
                #expect(answer.text == "/\(number)")
                #expect(answer.fields["content-length"] == "\(answer.body.count)")
                #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
                #expect(answer.fields["x-host"] == "a")
            }
            try await server.wait { server.handler.exchanges.count == 100 }
            #expect(server.handler.exchanges.allSatisfy { $0.outcome == .completed })
            #expect(server.service.requestsInFlight == 0)
        }
    }

    @Test("Bodies go up and down whole, whatever the windows", arguments: [1_000, 65_535, 1 << 20])
    func bodies(window: UInt32) async throws {
        try await LiveServer.answering { request in
            if request.method == .put { return await readingHandler(request) }
            return HTTPResponse(status: 200, body: .stream(CountingStream(total: 700_000), length: nil))
        }.run { server in
            let client = try HTTP2Client(server, streamWindow: window)
            let up = client.request("PUT", body: [UInt8](repeating: 7, count: 3_000_000))
            let down = client.request()
            #expect(try client.answer(up).text == "3000000")
            #expect(try client.answer(down).body == (0..<700_000).map(CountingStream.byte))
        }
    }

    @Test("More streamed answers than buffers all arrive")
    func manyStreams() async throws {
        var settings = HTTPServerSettings()
        settings.http2?.sendBuffersMax = 2
        try await LiveServer.answering(settings) { _ in
            HTTPResponse(status: 200, body: .stream(CountingStream(total: 300_000), length: 300_000))
        }.run { server in
            let client = try HTTP2Client(server)
            let ids = (0..<20).map { _ in client.request() }
            for id in ids { #expect(try client.answer(id).body.count == 300_000) }
        }
    }

    @Test("Answers to HEAD, and 204 and 304, have no body", arguments: [200, 204, 304])
    func noBody(status: Int) async throws {
        try await LiveServer.answering { _ in
            HTTPResponse(status: status, body: .bytes(Array("hello".utf8)))
        }.run { server in
            let client = try HTTP2Client(server)
            let answer = try client.answer(client.request(status == 200 ? "HEAD" : "GET"))
            #expect(answer.status == "\(status)")
            #expect(answer.body.isEmpty)
            #expect(answer.errorCode == Self.noError)
            #expect(answer.fields["content-length"] == (status == 204 ? nil : "5"))
        }
    }

    @Test("A body is asked for with 100 when the handler reads it, and not otherwise")
    func continues() async throws {
        try await LiveServer.answering { request in
            request.target == "/no" ? HTTPResponse(status: 403) : await readingHandler(request)
        }.run { server in
            let client = try HTTP2Client(server)
            let expectation = [("expect", "100-continue"), ("content-length", "0")]
            // The client's library sends the empty body at once; what counts is what comes first.
            let read = client.request("PUT", "/yes", fields: [("expect", "100-continue")], body: [1, 2])
            #expect(try client.answer(read).status == "200")
            let refused = try client.answer(client.request("PUT", "/no", fields: expectation, body: []))
            #expect(refused.statuses == ["403"])
        }
    }

    @Test("A stream that fails in the middle is reset, one that fails at once becomes an error")
    func brokenStream() async throws {
        try await LiveServer.answering { request in
            let total = request.target == "/early" ? 0 : 600_000
            let stream = CountingStream(total: total, failure: .corrupt)
            return HTTPResponse(status: 200, body: .stream(stream, length: 1_000_000))
        }.run { server in
            let client = try HTTP2Client(server)
            let late = try client.answer(client.request("GET", "/late"))
            #expect(late.errorCode == Self.internalError)
            let early = try client.answer(client.request("GET", "/early"))
            #expect(early.status == "500")
            #expect(early.errorCode == Self.noError)
            try await server.wait { server.handler.exchanges.count == 2 }
            #expect(server.handler.exchanges.map(\.outcome) == [.failed, .completed])
        }
    }

    @Test("A stream that is shorter or longer than its length is reset", arguments: [999, 1001])
    func wrongLength(size: Int) async throws {
        try await LiveServer.answering { _ in
            HTTPResponse(status: 200, body: .stream(CountingStream(total: 400_000 + size), length: 401_000))
        }.run { server in
            let client = try HTTP2Client(server)
            #expect(try client.answer(client.request()).errorCode == Self.internalError)
            try await server.wait { server.handler.exchanges.count == 1 }
            #expect(server.handler.exchanges[0].outcome == .failed)
        }
    }

    @Test("What a handler puts into a field cannot end it, and fields of a connection are left out")
    func fields() async throws {
        try await LiveServer.answering { request in
            var response = HTTPResponse(status: 200, body: .bytes([104, 105]))
            response.fields.append("x-evil", " a\r\nb: c\u{0}")
            for name in ["content-length", "transfer-encoding", "connection", "keep-alive", "date"] {
                response.fields.append(name, "7")
            }
            var block = HTTPFields()
            block.append("x-cookie", request.fields.only("cookie") ?? "-")
            response.fields.append(HTTPFieldBlock(block))
            return response
        }.run { server in
            let client = try HTTP2Client(server)
            let answer = try client.answer(
                client.request(fields: [("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers")]))
            #expect(answer.fields["x-evil"] == "a  b: c")
            #expect(answer.fields["content-length"] == "2")
            #expect(answer.fields["connection"] == nil)
            #expect(answer.fields["x-cookie"] == "a=1; b=2")
        }
    }

    @Test("Requests that HTTP/1.1 refuses are refused in the same way, and the connection goes on")
    func refusals() async throws {
        let long = String(repeating: "x", count: 9_000)
        let many = (0..<120).map { ("x-\($0)", "1") }
        try await LiveServer.answering(by: echoTarget).run { server in
            let client = try HTTP2Client(server)
            let cases: [(String, String, [(String, String)], String)] = [
                ("CONNECTED-TO-NOTHING-AT-ALL", "/", [], "501"),
                ("GET", "/a\"b", [], "400"),
                ("GET", "/" + String(repeating: "x", count: 17_000), [], "414"),
                ("GET", "/", [("x-long", long)], "431"), ("GET", "/", many, "431"),
                ("GET", "/", [("expect", "miracles")], "417"), ("GET", "/", [("host", "b")], "400"),
            ]
            for (method, path, fields, status) in cases {
                let answer = try client.answer(client.request(method, path, fields: fields))
                #expect(answer.status == status, "\(method) \(path.prefix(9))")
                #expect(!answer.text.isEmpty)
            }
            #expect(try client.answer(client.request("OPTIONS", "*")).text == "*")
        }
    }

    @Test("A body that nobody reads takes nothing of the windows of others")
    func unreadBodies() async throws {
        try await LiveServer.answering { request in
            request.target == "/no" ? HTTPResponse(status: 404) : await readingHandler(request)
        }.run { server in
            let client = try HTTP2Client(server)
            for _ in 0..<12 {
                let refused = client.request("PUT", "/no", body: [UInt8](repeating: 1, count: 400_000))
                let answer = try client.answer(refused)
                #expect(answer.status == "404")
                #expect(answer.errorCode == Self.noError)
            }
            let read = client.request("PUT", "/yes", body: [UInt8](repeating: 1, count: 400_000))
            #expect(try client.answer(read).text == "400000")
        }
    }

    @Test("A client of HTTP/1.1 is served on the same port, and HTTP/2 can be switched off")
    func versions() async throws {
        try await LiveServer.answering(by: echoTarget).run { server in
            let client = try server.connect()
            try client.send("P")
            try client.send("RI /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().text == "/x")
        }
        var settings = HTTPServerSettings()
        settings.http2 = nil
        try await LiveServer.answering(settings, by: echoTarget).run { server in
            let client = try server.connect()
            try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            #expect(try client.answer().status == 505)
        }
    }
}
