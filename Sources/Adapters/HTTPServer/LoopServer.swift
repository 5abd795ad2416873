private import CLinux
import Domain
import EventLoop
private import Glibc
import Ports
private import Synchronization
import TLS

/// The part of a server that lives on one loop: its listeners, its connections and what they share.
///
/// Confined to the loop, except for what is marked otherwise.
final class LoopServer: @unchecked Sendable {
    let loop: EpollLoop
    private(set) var settings: HTTPServerSettings
    let handler: any HTTPHandler
    let pool: BufferPool
    private let tls: TLSContext?
    private let quota: ConnectionQuota
    let log: any EventLog
    private let listeners: [Int32]
    private var acceptors: [Acceptor] = []
    private var connections: [ClientConnection] = []
    private var sweep: LoopTimer?
    private var date = DateField()
    /// Where sessions of HTTP/2 put together the fields of an answer.
    var fieldWriter = HTTP2FieldWriter()
    private(set) var isDraining = false

    // Readable from any thread.
    private let openCount = Atomic<Int>(0)
    private let requestCount = Atomic<Int>(0)
    var openConnections: Int { openCount.load(ordering: .relaxed) }
    var requestsInFlight: Int { requestCount.load(ordering: .relaxed) }

    /// Takes over the listening sockets.
    init(
        loop: EpollLoop, listeners: [Int32], settings: HTTPServerSettings, handler: any HTTPHandler,
        tls: TLSContext?, quota: ConnectionQuota, log: any EventLog
    ) {
        self.loop = loop
        self.listeners = listeners
        self.settings = settings
        self.handler = handler
        self.tls = tls
        self.quota = quota
        self.log = log
        pool = BufferPool(inputBytes: max(32 * 1024, 2 * settings.limits.longestLine))
    }

    // MARK: Life

    /// Accepts and serves until drained, and returns when the last connection has ended. Runs on the loop.
    func run() async {
        loop.preconditionIsCurrent()
        startSweep()
        await withDiscardingTaskGroup { group in
            for listener in listeners {
                let acceptor = Acceptor(server: self, listener: listener, quota: quota, log: log)
                acceptors.append(acceptor)
                nonisolated(unsafe) let accepting = acceptor
                group.addTask {
                    await withDiscardingTaskGroup { connections in await accepting.run(&connections) }
                }
            }
        }
        sweep?.cancel()
        sweep = nil
        acceptors = []
    }

    /// Stops accepting, ends the connections that wait for a request and lets the others finish what they do.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        for acceptor in acceptors { acceptor.stop() }
        for connection in connections { connection.drain() }
    }

    /// Closes the sockets of a server that was never started.
    func closeListeners() {
        for listener in listeners { close(listener) }
    }

    /// Takes other bounds for what begins from now on. The size of the buffers and what was agreed by ALPN
    /// stay: the limits of heads and of HTTP/2 do not change.
    func use(_ settings: HTTPServerSettings) {
        let (limits, http2) = (self.settings.limits, self.settings.http2)
        self.settings = settings
        self.settings.limits = limits
        self.settings.http2 = http2
    }

    /// Ends all waiting for clients at once.
    func cut() {
        for connection in connections { connection.interrupt(.cut) }
    }

    // MARK: Connections

    /// Serves one accepted socket to its end.
    func serve(_ descriptor: Int32, remoteAddress: String) async {
        defer { quota.release() }
        let readiness = SocketReadiness(loop: loop, descriptor: descriptor)
        var stream: TLSStream?
        if let tls {
            stream = TLSStream(tls, socket: descriptor)
            guard stream != nil else {
                close(descriptor)
                return
            }
        }
        do {
            try readiness.start()
        } catch {
            close(descriptor)
            return
        }
        let transport = Transport(
            readiness: readiness, tls: stream, pool: pool,
            sending: makeMeter(idleLimit: settings.writeTimeout))
        let connection = ClientConnection(
            server: self, transport: transport, remoteAddress: remoteAddress, isSecure: tls != nil)
        add(connection)
        await connection.run()
        remove(connection)
    }

    private func add(_ connection: ClientConnection) {
        connection.position = connections.count
        connections.append(connection)
        openCount.wrappingAdd(1, ordering: .relaxed)
    }

    private func remove(_ connection: ClientConnection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.position] = last
            last.position = connection.position
        }
        openCount.wrappingSubtract(1, ordering: .relaxed)
    }

    // MARK: What connections share

    func requestBegan() { requestCount.wrappingAdd(1, ordering: .relaxed) }
    func requestEnded() { requestCount.wrappingSubtract(1, ordering: .relaxed) }
    func dateField() -> [UInt8] { date.current() }

    func makeMeter(idleLimit: Duration) -> TransferMeter {
        TransferMeter(
            idleLimit: idleLimit, window: settings.rateWindow,
            minimumBytesPerSecond: settings.minimumBytesPerSecond)
    }

    // MARK: Time

    private func startSweep() {
        let timer = LoopTimer(loop: loop) { [unowned self] in
            checkConnections()
            sweep?.schedule(at: loop.now + settings.sweepInterval)
        }
        sweep = timer
        timer.schedule(at: loop.now + settings.sweepInterval)
    }

    /// One walk over all connections, so that a request never touches a timer.
    private func checkConnections() {
        let now = loop.now
        let mustMakeRoom = quota.isFull
        for connection in connections {
            connection.check(at: now)
            if mustMakeRoom, connection.isUnused, connection.interruption == nil,
                now - connection.phaseStart >= settings.idleGraceWhenFull
            {
                connection.interrupt(.draining)
            }
        }
    }
}
