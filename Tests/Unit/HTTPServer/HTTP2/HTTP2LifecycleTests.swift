import Domain
import EventLoop
import Glibc
import HTTPServer
import Ports
import Testing

@Suite("The life of HTTP/2 connections and streams")
struct HTTP2LifecycleTests {
    private static let sleepForever: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
        if request.target == "/fine" { return HTTPResponse(status: 200) }
        try? await EpollLoop.current?.sleep(until: .init(nanoseconds: .max))
        return HTTPResponse(status: Task.isCancelled ? 499 : 200)
    }

    @Test("A reset cancels the handler of its stream and no other")
    func reset() async throws {
        try await LiveServer.answering(by: Self.sleepForever).run { server in
            let client = try HTTP2Client(server)
            let id = client.request()
            try client.flush()
            try await server.wait { server.service.requestsInFlight == 1 }
            client.reset(id)
            #expect(try client.answer(client.request("GET", "/fine")).status == "200")
            try await server.wait { server.handler.exchanges.count == 2 }
            let aborted = server.handler.exchanges.filter { $0.outcome == .aborted }
            #expect(aborted.map(\.status) == [499])
        }
    }

    @Test("A client that goes away cancels its handlers, each reported once")
    func disconnect() async throws {
        try await LiveServer.answering(by: Self.sleepForever).run { server in
            var client: HTTP2Client? = try HTTP2Client(server)
            for _ in 0..<5 { _ = client?.request() }
            try client?.flush()
            try await server.wait { server.service.requestsInFlight == 5 }
            client = nil
            try await server.wait { server.service.openConnections == 0 }
            #expect(server.handler.exchanges.map(\.outcome) == Array(repeating: .aborted, count: 5))
            #expect(server.service.requestsInFlight == 0)
        }
    }

    @Test("A client that leaves in the middle of its body is told apart from one that sent it all")
    func truncatedBody() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let client = try HTTP2Client(server)
            let id = client.request("PUT", body: [UInt8](repeating: 1, count: 1 << 20))
            try client.flush()
            try await server.wait { server.service.requestsInFlight == 1 }
            client.reset(id)
            try client.flush()
            try await server.wait { server.handler.exchanges.count == 1 }
            #expect(server.handler.exchanges[0].status == 400)
            #expect(server.handler.exchanges[0].outcome == .aborted)
        }
    }

    @Test("A handler that does not read stops the client at its window, and another stream goes on")
    func backPressure() async throws {
        let gate = TaskGate()
        try await LiveServer.answering { request in
            if request.target == "/slow" { await gate.wait() }
            return await readingHandler(request)
        }.run { server in
            defer { gate.open() }
            let client = try HTTP2Client(server)
            let total = 4 << 20
            let slow = client.request("PUT", "/slow", body: [UInt8](repeating: 1, count: total))
            let quick = client.request("PUT", "/quick", body: [UInt8](repeating: 1, count: 100_000))
            #expect(try client.answer(quick).text == "100000")
            let limits = HTTP2Limits()
            #expect(total - client.unsent(slow) <= Int(limits.streamWindowBytes))
            gate.open()
            #expect(try client.answer(slow).text == "\(total)")
        }
    }

    @Test("A stream is pulled only as far as the client's window, and a window that stays shut ends it")
    func shutWindow() async throws {
        var settings = HTTPServerSettings()
        settings.writeTimeout = .milliseconds(200)
        let pulled = Counter()
        try await LiveServer.answering(settings) { request in
            if request.target == "/fine" { return HTTPResponse(status: 200) }
            return HTTPResponse(
                status: 200, body: .stream(CountingStream(total: 1 << 30, pulled: pulled), length: 1 << 30))
        }.run { server in
            let client = try HTTP2Client(server, opensWindows: false, streamWindow: 1_000)
            let answer = try client.answer(client.request())
            #expect(answer.body.count == 1_000)
            #expect(answer.errorCode == 8)
            #expect(pulled.value == 1_000)
            #expect(try client.answer(client.request("GET", "/fine")).status == "200")
            try await server.wait { server.handler.exchanges.count == 2 }
            #expect(server.handler.exchanges[0].outcome == .aborted)
        }
    }

    @Test("A body that stalls is answered with 408, and the connection goes on")
    func stalledBody() async throws {
        var settings = HTTPServerSettings()
        settings.readTimeout = .milliseconds(100)
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try HTTP2Client(server)
            let stalled = client.request("PUT", body: [1, 2, 3], isWhole: false)
            let answer = try client.answer(stalled)
            #expect(answer.status == "408")
            #expect(answer.text == "timedOut")
            #expect(try client.answer(client.request()).text == "0")
        }
    }

    @Test("An idle connection is told and closed")
    func idle() async throws {
        var settings = HTTPServerSettings()
        settings.idleTimeout = .milliseconds(50)
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try HTTP2Client(server)
            #expect(try client.answer(client.request()).status == "200")
            try client.exchange { $0.isAtEnd }
            #expect(client.farewells == [0])
        }
    }

    @Test("A head that never ends ends the connection")
    func endlessHead() async throws {
        var settings = HTTPServerSettings()
        settings.headTimeout = .milliseconds(50)
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let client = try server.connect()
            try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            // SETTINGS; HEADERS on stream 1 with `:method: GET` and without the flag that ends the head.
            try client.send([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])
            var received: [UInt8] = []
            while true {
                let more = try client.receive()
                if more.isEmpty { break }
                received += more
            }
            // GOAWAY of eight bytes, the last four of which say that nothing was wrong.
            #expect(received.suffix(17).prefix(4) == [0, 0, 8, 7])
            #expect(received.suffix(4) == [0, 0, 0, 0])
        }
    }

    @Test("A drain says goodbye, lets requests finish and takes no new ones")
    func drains() async throws {
        let gate = TaskGate()
        let slowOnes = Counter()
        try await LiveServer.answering { request in
            if request.target == "/slow" {
                slowOnes.add(1)
                await gate.wait()
            }
            return HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
        }.run { server in
            defer { gate.open() }
            let idle = try HTTP2Client(server)
            #expect(try idle.answer(idle.request()).text == "done")
            let busy = try HTTP2Client(server)
            let slow = busy.request("GET", "/slow")
            try busy.flush()
            try await server.wait { slowOnes.value == 1 }
            let drained = Task(executorPreference: server.loops.all[0]) {
                await server.service.drain(until: .init(nanoseconds: .max), by: server.time)
            }
            try idle.exchange { $0.isAtEnd }
            #expect(idle.farewells == [0])
            try busy.exchange { $0.farewells.count == 2 }
            gate.open()
            #expect(try busy.answer(slow).text == "done")
            try busy.exchange { $0.isAtEnd }
            await drained.value
            #expect(server.service.openConnections == 0)
        }
    }

    @Test("A client that has only begun to say what it speaks when the drain begins is served and let go")
    func drainsTheLate() async throws {
        let hasBegun = Counter()
        let mayGoOn = Counter()
        try await LiveServer.answering { request in
            if request.target == "/first" {
                hasBegun.add(1)
                // The loop is held up until the bytes are there that it is to find at its first look.
                while mayGoOn.value == 0 { sched_yield() }
            }
            return HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
        }.run { server in
            let first = try server.connect()
            try first.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
            try await server.wait { hasBegun.value == 1 }
            let late = try HTTP2Client(server)
            let preface = "PRI * HTTP/2.0\r\n\r\n"
            try late.socket.send(preface)
            mayGoOn.add(1)
            try await server.wait { server.service.openConnections == 2 }
            let drained = Task(executorPreference: server.loops.all[0]) {
                await server.service.drain(until: .init(nanoseconds: .max), by: server.time)
            }
            #expect(try first.answer().text == "done")
            // Not before the drain has begun: it would find a connection that is idle again.
            try await server.wait { (try? server.connect()) == nil }
            let request = late.request()
            try late.flush(without: preface.utf8.count)
            #expect(try late.answer(request).text == "done")
            try late.exchange { $0.isAtEnd }
            #expect(late.farewells == [0, 0])
            await drained.value
        }
    }

    @Test("At the deadline of a drain the rest is cut and its handlers are cancelled")
    func cutsAtDeadline() async throws {
        try await LiveServer.answering(by: Self.sleepForever).run { server in
            let client = try HTTP2Client(server)
            for _ in 0..<3 { _ = client.request() }
            try client.flush()
            try await server.wait { server.service.requestsInFlight == 3 }
            let time = server.time
            await server.service.drain(until: time.monotonicNow() + .milliseconds(20), by: time)
            #expect(server.handler.exchanges.map(\.status) == [499, 499, 499])
            #expect(server.service.openConnections == 0)
        }
    }

    @Test("Too many resets end the connection")
    func resetFlood() async throws {
        var settings = HTTPServerSettings()
        settings.http2?.resetsMax = 20
        settings.http2?.resetsPerSecond = 0
        try await LiveServer.answering(settings, by: Self.sleepForever).run { server in
            let client = try HTTP2Client(server)
            for _ in 0..<30 {
                let id = client.request()
                try? client.flush()
                client.reset(id)
                try? client.flush()
            }
            try client.exchange { !$0.farewells.isEmpty }
            #expect(client.farewells == [11])
            try await server.wait { server.service.requestsInFlight == 0 }
        }
    }
}
