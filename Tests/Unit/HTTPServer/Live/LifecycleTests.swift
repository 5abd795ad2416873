import Domain
import EventLoop
import Glibc
import HTTPServer
import Ports
import Synchronization
import Testing

@Suite("The life of a server")
struct LifecycleTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Connections beyond the limit wait their turn and are served when one ends")
    func limit() async throws {
        var settings = HTTPServerSettings()
        settings.connectionsMax = 2
        settings.idleGraceWhenFull = .seconds(60)
        try await LiveServer.answering(settings, loops: 2, by: readingHandler).run { server in
            var clients = try (0..<2).map { _ in try server.connect() }
            for client in clients {
                try client.send(Self.get)
                #expect(try client.answer().status == 200)
            }
            let third = try server.connect()
            try third.send(Self.get)
            third.setTimeout(milliseconds: 50)
            #expect(throws: LiveError.self) { try third.receive(atMost: 1) }
            #expect(server.service.openConnections == 2)
            third.setTimeout(milliseconds: 10_000)
            clients.removeFirst()
            #expect(try third.answer().status == 200)
        }
    }

    @Test("When the server is full, connections that only wait make room")
    func makesRoom() async throws {
        var settings = HTTPServerSettings()
        settings.connectionsMax = 1
        settings.idleGraceWhenFull = .zero
        try await LiveServer.answering(settings, by: readingHandler).run { server in
            let idle = try server.connect()
            try idle.send(Self.get)
            #expect(try idle.answer().status == 200)
            let next = try server.connect()
            try next.send(Self.get)
            #expect(try next.answer().status == 200)
            #expect(try idle.isAtEnd())
        }
    }

    @Test("A drain closes idle connections, lets a request finish and tells its client")
    func drains() async throws {
        let gate = TaskGate()
        try await LiveServer.answering(loops: 2) { request in
            if request.target == "/slow" { await gate.wait() }
            return HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
        }.run { server in
            defer { gate.open() }
            let idle = try server.connect()
            try idle.send(Self.get)
            #expect(try idle.answer().status == 200)
            try await server.wait { server.service.requestsInFlight == 0 }
            let busy = try server.connect()
            try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            try await server.wait { server.service.requestsInFlight == 1 }
            let drained = Task(executorPreference: server.loops.all[0]) {
                await server.service.drain(until: .init(nanoseconds: .max), by: server.time)
            }
            #expect(try idle.isAtEnd())
            try await server.wait { (try? server.connect()) == nil }
            gate.open()
            let answer = try busy.answer()
            #expect(answer.text == "done")
            #expect(answer.fields["connection"] == "close")
            #expect(try busy.isAtEnd())
            await drained.value
            #expect(server.service.openConnections == 0)
        }
    }

    @Test("A request that came before the drain, and that no loop has looked at yet, is answered")
    func drainsTheUnseen() async throws {
        try await LiveServer.answering { _ in
            HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
        }.run { server in
            let client = try server.connect()
            try client.send(Self.get)
            #expect(try client.answer().status == 200)
            try await server.wait { server.service.requestsInFlight == 0 }
            let socket = client.descriptor
            let drained = Task(executorPreference: server.loops.all[0]) {
                // On the loop, which therefore hears of it only after the drain has begun.
                let request = Array(Self.get.utf8)
                #expect(Glibc.send(socket, request, request.count, 0) == request.count)
                await server.service.drain(until: .init(nanoseconds: .max), by: server.time)
            }
            let answer = try client.answer()
            #expect(answer.text == "done" && answer.fields["connection"] == "close")
            #expect(try client.isAtEnd())
            await drained.value
        }
    }

    @Test("At the deadline of a drain the rest is cut and its handlers are cancelled")
    func cutsAtDeadline() async throws {
        let cancelled = Counter()
        try await LiveServer.answering { request in
            try? await EpollLoop.current?.sleep(until: .init(nanoseconds: .max))
            cancelled.add(Task.isCancelled ? 1 : 0)
            return HTTPResponse(status: 200)
        }.run { server in
            let client = try server.connect()
            try client.send(Self.get)
            let uploading = try server.connect()
            try uploading.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            try await server.wait { server.service.requestsInFlight == 2 }
            let time = server.time
            await server.service.drain(until: time.monotonicNow() + .milliseconds(20), by: time)
            #expect(cancelled.value == 2)
            #expect(server.service.openConnections == 0)
        }
    }

    @Test("A server that is drained before it was started gives its port back")
    func drainedUnstarted() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let first = try HTTPServerService(
                address: ListenAddress(host: "127.0.0.1", port: 0), tls: nil, handler: server.handler,
                loops: server.loops)
            await first.drain(until: server.time.monotonicNow(), by: server.time)
            let second = try HTTPServerService(
                address: first.address, tls: nil, handler: server.handler, loops: server.loops)
            await second.drain(until: server.time.monotonicNow(), by: server.time)
        }
    }

    @Test("A port that is taken is a typed error, also when both servers share their ports among loops")
    func busyPort() async throws {
        try await LiveServer.answering(loops: 2, by: readingHandler).run { server in
            let address = server.service.address
            #expect(throws: ListenError.addressInUse(address)) {
                try HTTPServerService(
                    address: address, tls: nil, handler: server.handler, loops: server.loops)
            }
            #expect("\(ListenError.addressInUse(address))".contains("\(address)"))
        }
    }

    @Test("An address that this machine does not have is a typed error")
    func foreignAddress() async throws {
        try await LiveServer.answering(by: readingHandler).run { server in
            let address = ListenAddress(host: "192.0.2.1", port: 0)
            #expect(throws: ListenError.noSuchAddress(address)) {
                try HTTPServerService(
                    address: address, tls: nil, handler: server.handler, loops: server.loops)
            }
        }
    }

    @Test(
        "Addresses are read as they are written",
        arguments: [
            (":8443", nil, 8443), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:8443", "::1", 8443),
            ("files.example:1", "files.example", 1), ("[::]:65535", "::", 65_535),
        ] as [(String, String?, UInt16)])
    func addresses(text: String, host: String?, port: UInt16) throws {
        let address = try #require(ListenAddress(text))
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "8443", ":", "a:", "a:b", ":65536", "::1:8443", "[::1]", "[::1:80", "[a]:1", ":+1", "a:-1",
        ])
    func badAddresses(text: String) { #expect(ListenAddress(text) == nil) }
}

/// A gate that tasks wait at until it is opened.
final class TaskGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func wait() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
