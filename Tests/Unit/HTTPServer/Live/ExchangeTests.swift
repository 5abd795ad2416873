import Glibc
import HTTPServer
import Ports
import Testing

@Suite("Exchanges on a live connection")
struct ExchangeTests {
    private static let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

    private func echoTarget(_ request: HTTPRequest) -> HTTPResponse {
        HTTPResponse(status: 200, body: .bytes(Array(request.target.utf8)))
    }

    @Test("A connection carries one request after the other, and every answer has its date and length")
    func keepAlive() async throws {
        try await LiveServer.answering(by: echoTarget).run { server in
            let client = try server.connect()
            for _ in 0..<3 {
                try client.send(Self.get)
                let answer = try client.answer()
                #expect(answer.status == 200)
                #expect(answer.text == "/x")
                #expect(answer.fields["content-length"] == "2")
                #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
                #expect(answer.fields["connection"] == nil)
            }
            #expect(server.service.openConnections == 1)
        }
    }

    @Test("Requests that are sent ahead are answered in their order")
    func pipelining() async throws {
        try await LiveServer.answering { request in
            await Task.yield()
            return echoTarget(request)
        }.run { server in
            let client = try server.connect()
            let requests = (0..<500).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            try client.send(requests.joined())
            for number in 0..<500 { #expect(try client.answer().text == "/\(number)") }
        }
    }

    @Test("A client that has sent hundreds of requests ahead does not keep its loop from another client")
    func fairness() async throws {
        let hasBegun = Counter()
        let mayGoOn = Counter()
        try await LiveServer.answering { request in
            if request.target == "/first" {
                hasBegun.add(1)
                // The loop is held up until all that is to be there is there.
                while mayGoOn.value == 0 { sched_yield() }
            }
            return echoTarget(request)
        }.run { server in
            let greedy = try server.connect()
            let ahead = 600
            let many = String(repeating: Self.get, count: ahead)
            try greedy.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + many)
            try await server.wait { hasBegun.value == 1 }
            let other = try server.connect()
            try other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
            mayGoOn.add(1)
            #expect(try other.answer().text == "/other")
            try await server.wait { server.handler.exchanges.count == ahead + 2 }
            let place = server.handler.exchanges.firstIndex { $0.target == "/other" }
            #expect(try #require(place) < ahead)
        }
    }

    @Test("A body is asked for with 100 Continue when the handler reads it, and not before")
    func continues() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let client = try server.connect()
            for _ in 0..<2 {
                try client.send(
                    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                #expect(try client.answer().status == 100)
                try client.send("hello")
                #expect(try client.answer().text == "5")
            }
        }
    }

    @Test("A handler that refuses without reading spares the upload, and the connection ends")
    func refusesExpectation() async throws {
        try await LiveServer.answering { _ in HTTPResponse(status: 403) }.run { server in
            let client = try server.connect()
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 403)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.isAtEnd())
        }
    }

    @Test(
        "Answers to HEAD, and 204 and 304, have no body, and the connection goes on",
        arguments: [200, 204, 304])
    func noBody(status: Int) async throws {
        try await LiveServer.answering { request in
            var response = HTTPResponse(status: request.target == "/last" ? 200 : status)
            response.body = .bytes(Array("hello".utf8))
            if request.target == "/announced" {
                response.body = .empty
                response.announcedLength = 12
            }
            return response
        }.run { server in
            let client = try server.connect()
            let method = status == 200 ? "HEAD" : "GET"
            try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer(toHead: true)
            #expect(answer.status == status)
            #expect(answer.fields["content-length"] == (status == 204 ? nil : "5"))
            try client.send("HEAD /announced HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer(toHead: true).fields["content-length"] == (status == 204 ? nil : "12"))
            try client.send("GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().text == "hello")
        }
    }

    @Test("Streams of known length and chunked streams arrive as they were", arguments: [true, false])
    func streams(hasLength: Bool) async throws {
        let sizes = [0, 1, 5, 4096, 262_000, 262_144, 262_145, 3_000_000]
        try await LiveServer.answering { request in
            let size = Int(request.target.dropFirst()) ?? 0
            return HTTPResponse(
                status: 200,
                body: .stream(CountingStream(total: size), length: hasLength ? UInt64(size) : nil))
        }.run { server in
            let client = try server.connect()
            for size in sizes {
                try client.send("GET /\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try client.answer()
                #expect(answer.fields["content-length"] == (hasLength ? "\(size)" : nil))
                #expect(answer.body == (0..<size).map(CountingStream.byte))
            }
        }
    }

    @Test("Bytes in memory and slices of them arrive whole, however large")
    func bytes() async throws {
        let bytes = (0..<1_000_000).map(CountingStream.byte)
        try await LiveServer.answering { request in
            switch request.target {
            case "/all": HTTPResponse(status: 200, body: .bytes(bytes))
            default: HTTPResponse(status: 206, body: .slice(bytes, 10..<700_010))
            }
        }.run { server in
            let client = try server.connect()
            try client.send("GET /all HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body == bytes)
            try client.send("GET /part HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body == Array(bytes[10..<700_010]))
        }
    }

    @Test("An HTTP/1.0 client gets no chunks: the body ends with the connection")
    func oldClient() async throws {
        try await LiveServer.answering { request in
            HTTPResponse(
                status: 200,
                body: .stream(CountingStream(total: 100_000), length: request.target == "/l" ? 100_000 : nil))
        }.run { server in
            let client = try server.connect()
            try client.send("GET /l HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let first = try client.answer()
            #expect(first.fields["connection"] == "keep-alive")
            #expect(first.body.count == 100_000)
            try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let second = try client.answer()
            #expect(second.fields["transfer-encoding"] == nil)
            #expect(second.fields["connection"] == "close")
            #expect(second.body == (0..<100_000).map(CountingStream.byte))
        }
    }

    @Test("Large bodies are read whole, with a length and in chunks, and the next request follows")
    func uploads() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let client = try server.connect()
            let body = [UInt8](repeating: 98, count: 3_000_000)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(try client.answer().text == "3000000")
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for size in [1, 100_000, 65_536, 7] {
                try client.send(
                    Array("\(String(size, radix: 16))\r\n".utf8) + body.prefix(size) + Array("\r\n".utf8))
            }
            try client.send("0\r\n\r\n" + Self.get)
            #expect(try client.answer().text == "165544")
            #expect(try client.answer().text == "0")
        }
    }

    @Test("What a handler puts into a field cannot end it, and framing fields of a handler are left out")
    func responseSplitting() async throws {
        try await LiveServer.answering { _ in
            var response = HTTPResponse(status: 200, body: .bytes([104, 105]))
            response.fields.append("x-evil", "a\r\nset-cookie: b\u{0}")
            response.fields.append("content-length", "7")
            response.fields.append("transfer-encoding", "chunked")
            response.fields.append("connection", "upgrade")
            return response
        }.run { server in
            let client = try server.connect()
            try client.send(Self.get)
            let answer = try client.answer()
            #expect(answer.fields["x-evil"] == "a  set-cookie: b ")
            #expect(answer.fields["set-cookie"] == nil)
            #expect(answer.fields["content-length"] == "2")
            #expect(answer.fields["connection"] == nil)
            #expect(answer.text == "hi")
        }
    }

    @Test(
        "A small body that nobody read is read over; a large one ends the connection, and the answer arrives")
    func unreadBodies() async throws {
        try await LiveServer.answering { _ in HTTPResponse(status: 404, body: .bytes(Array("no".utf8))) }.run
        { server in
            let client = try server.connect()
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            try client.send([UInt8](repeating: 1, count: 1000))
            #expect(try client.answer().text == "no")
            try client.send(
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            #expect(try client.answer().text == "no")
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            try client.send([UInt8](repeating: 1, count: 5_000_000))
            let answer = try client.answer()
            #expect(answer.text == "no")
            #expect(answer.fields["connection"] == "close")
            client.finishSending()
            #expect(try client.isAtEnd())
        }
    }

    @Test(
        "A stream that fails in the middle cuts the connection; one that fails at once becomes an error",
        arguments: [true, false])
    func brokenStream(hasLength: Bool) async throws {
        try await LiveServer.answering { request in
            let total = request.target == "/early" ? 0 : 600_000
            let stream = CountingStream(total: total, failure: .corrupt)
            return HTTPResponse(status: 200, body: .stream(stream, length: hasLength ? 1_000_000 : nil))
        }.run { server in
            let late = try server.connect()
            try late.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(throws: (any Error).self) { try late.answer() }
            let early = try server.connect()
            try early.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try early.answer()
            #expect(answer.status == 500)
            #expect(answer.fields["connection"] == "close")
            try await server.wait { server.handler.exchanges.count == 2 }
            #expect(server.handler.exchanges.map(\.outcome) == [.failed, .completed])
        }
    }

    @Test("A stream that is shorter or longer than its length cuts the connection", arguments: [999, 1001])
    func wrongLength(size: Int) async throws {
        try await LiveServer.answering { _ in
            HTTPResponse(status: 200, body: .stream(CountingStream(total: 400_000 + size), length: 401_000))
        }.run { server in
            let client = try server.connect()
            try client.send(Self.get)
            #expect(throws: (any Error).self) { try client.answer() }
            try await server.wait { server.handler.exchanges.count == 1 }
            #expect(server.handler.exchanges[0].outcome == .failed)
        }
    }
}
