import HTTPServer
import Ports
import Testing

@Suite("Hostile clients of a live server")
struct HostileConnectionTests {
    @Test("Every request of the corpus gets from a live server what the parser says")
    func corpus() async throws {
        var settings = HTTPServerSettings()
        settings.headTimeout = .milliseconds(60)
        settings.readTimeout = .milliseconds(60)
        settings.idleTimeout = .milliseconds(60)
        settings.http2 = nil
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            for request in HostileRequest.all {
                let client = try server.connect()
                try? client.send(request.bytes)
                let isComplete = !request.expected.contains { $0 == .status(408) || $0 == .close }
                if isComplete { client.finishSending() }
                let statuses = client.answersUntilEnd().map { HostileRequest.Answer.status($0.status) }
                #expect(statuses == request.expected.filter { $0 != .close }, "\(request.name)")
            }
        }
    }

    @Test("A head that comes a byte at a time is cut when its time is over, though it never rests")
    func slowHead() async throws {
        var settings = HTTPServerSettings()
        settings.headTimeout = .milliseconds(200)
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ")
            client.setTimeout(milliseconds: 10)
            var answer: [UInt8] = []
            for _ in 0..<500 where answer.isEmpty {
                try? client.send("a")
                answer = (try? client.receive()) ?? []
            }
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("An idle connection is closed in good order")
    func idle() async throws {
        var settings = HTTPServerSettings()
        settings.idleTimeout = .milliseconds(50)
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 200)
            #expect(try client.isAtEnd())
        }
    }

    @Test("A body that comes a byte at a time is cut by its rate, though it never rests")
    func slowBody() async throws {
        var settings = HTTPServerSettings()
        settings.rateWindow = .milliseconds(200)
        settings.minimumBytesPerSecond = 10_000
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try server.connect()
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            client.setTimeout(milliseconds: 10)
            var answer: [UInt8] = []
            for _ in 0..<500 where answer.isEmpty {
                try? client.send("a")
                answer = (try? client.receive()) ?? []
            }
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("A client that reads nothing is cut, and its stream is not pulled beyond what the kernel holds")
    func slowReader() async throws {
        var settings = HTTPServerSettings()
        settings.writeTimeout = .milliseconds(200)
        let pulled = Counter()
        try await LiveServer.answering(settings) { _ in
            HTTPResponse(
                status: 200,
                body: .stream(CountingStream(total: 1 << 30, pulled: pulled), length: 1 << 30))
        }.run { server in
            let client = try server.connect()
            client.shrinkReceiveBuffer()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await server.wait { server.handler.exchanges.count == 1 }
            #expect(server.handler.exchanges[0].outcome == .aborted)
            #expect(pulled.value < 16 << 20)
            try await server.wait { server.service.openConnections == 0 }
        }
    }

    @Test(
        "A handler that does not read leaves the body in the sockets, which stops the client"
    )
    func backPressure() async throws {
        let gate = TaskGate()
        try await LiveServer.answering { request in
            await gate.wait()
            return await readingHandler(request)
        }.run { server in
            let client = try server.connect()
            let total = 64 << 20
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
            let sent = client.sendUntilStuck(milliseconds: 100, atMost: total)
            #expect(sent < total)
            gate.open()
            try client.send([UInt8](repeating: 97, count: total - sent))
            #expect(try client.answer().text == "\(total)")
        }
    }

    @Test("A client that leaves in the middle of its body is told apart from one that sent it all")
    func truncatedBody() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let client = try server.connect()
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            client.finishSending()
            let answer = try client.answer()
            #expect(answer.status == 400)
            #expect(answer.text == "truncated")
        }
    }
}
