import CLinux
import Domain
import EventLoop
import Glibc
import HTTPServer
import Ports
import Synchronization
import TLS

/// A server on a free port of the loopback, with a handler of the test's.
final class LiveServer: Sendable {
    let service: HTTPServerService
    let loops: Loops
    let handler: ScriptedHandler
    let time: LoopTimeSource

    init(
        _ settings: HTTPServerSettings = HTTPServerSettings(), tls: TLSContext? = nil, loops count: Int = 1,
        respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws {
        handler = ScriptedHandler(respond)
        loops = try Loops(count: count)
        time = LoopTimeSource(fallback: loops.all[0])
        service = try HTTPServerService(
            address: ListenAddress(host: "127.0.0.1", port: 0), tls: tls, handler: handler, loops: loops,
            settings: settings)
        service.start()
    }

    /// What a test starts a server with.
    struct Setup: Sendable {
        let settings: HTTPServerSettings
        let tls: TLSContext?
        let loops: Int
        let respond: @Sendable (HTTPRequest) async -> HTTPResponse

        /// Runs `body` with a server, which has no connection left after it. The body may block: it has a
        /// thread of its own.
        func run(_ body: @escaping @Sendable (LiveServer) async throws -> Void) async throws {
            let server = try LiveServer(settings, tls: tls, loops: loops, respond: respond)
            let own = try EpollLoop(index: 9)
            try own.start()
            let outcome = await Task(executorPreference: own) { try await body(server) }.result
            await server.stop()
            own.stop()
            try outcome.get()
        }
    }

    static func answering(
        _ settings: HTTPServerSettings = HTTPServerSettings(), tls: TLSContext? = nil, loops: Int = 1,
        by respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) -> Setup {
        Setup(settings: settings, tls: tls, loops: loops, respond: respond)
    }

    func stop() async {
        await service.drain(until: time.monotonicNow(), by: time)
        loops.stop()
    }

    func connect() throws -> RawClient { try RawClient(port: service.address.port) }

    /// Waits until `condition` holds, which it must within ten seconds.
    func wait(line: Int = #line, until condition: () -> Bool) async throws {
        let deadline = time.monotonicNow() + .seconds(10)
        while !condition() {
            guard time.monotonicNow() < deadline else { throw LiveError.tookTooLong("line \(line)") }
            try await time.sleep(until: time.monotonicNow() + .milliseconds(1))
        }
    }
}

enum LiveError: Error {
    case cannotConnect
    case connectionReset
    case notAnAnswer(String)
    case tookTooLong(String)
}

/// Answers as the test wants, and remembers how the exchanges ended.
final class ScriptedHandler: HTTPHandler {
    struct Exchange: Equatable, Sendable {
        let target: String
        let status: Int
        let bodyBytes: UInt64
        let outcome: HTTPExchangeOutcome
    }

    private let script: @Sendable (HTTPRequest) async -> HTTPResponse
    private let finished = Mutex<[Exchange]>([])

    init(_ script: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) { self.script = script }

    var exchanges: [Exchange] { finished.withLock { $0 } }

    func respond(to request: HTTPRequest) async -> HTTPResponse { await script(request) }

    func respond(toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool) -> HTTPResponse {
        HTTPResponse(status: refusal.status, body: .bytes(Array(refusal.reason.utf8)))
    }

    func finished(_ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome) {
        let exchange = Exchange(
            target: request.target, status: status, bodyBytes: bodyBytesSent, outcome: outcome)
        finished.withLock { $0.append(exchange) }
    }
}

/// Answers to read every body and say how long it was.
@Sendable func readingHandler(_ request: HTTPRequest) async -> HTTPResponse {
    let buffer = ByteBuffer(capacity: 64 * 1024)
    var count = 0
    do throws(ByteStreamError) {
        while true {
            let got = try await request.body.read(into: buffer)
            if got == 0 { break }
            count += got
            buffer.clear()
        }
    } catch {
        let status =
            switch error {
            case .timedOut: 408
            case .tooLarge: 413
            default: 400
            }
        return HTTPResponse(status: status, body: .bytes(Array("\(error)".utf8)))
    }
    return HTTPResponse(status: 200, body: .bytes(Array("\(count)".utf8)))
}

/// A body of `total` bytes that counts how many were pulled, and fails behind the last one when it is told
/// to.
final class CountingStream: ByteStream {
    private let total: Int
    private let failure: ByteStreamError?
    private let pulled: Counter
    private var position = 0

    init(total: Int, failure: ByteStreamError? = nil, pulled: Counter = Counter()) {
        self.total = total
        self.failure = failure
        self.pulled = pulled
    }

    static func byte(at position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position &* 31 >> 3) }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = min(total - position, buffer.writableCount)
        if count == 0, let failure { throw failure }
        let room = buffer.writable
        for offset in 0..<count { room[offset] = Self.byte(at: position + offset) }
        buffer.didWrite(count)
        position += count
        pulled.add(count)
        return count
    }
}

/// A number that any thread may look at.
final class Counter: Sendable {
    private let number = Atomic(0)
    func add(_ count: Int) { number.wrappingAdd(count, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}
