package import Domain
package import EventLoop
package import Ports
private import Synchronization
package import TLS

/// A server of HTTP/1.1 and HTTP/2 on one address and all loops, over TLS or, without a context, in the
/// clear.
///
/// Safe from any thread. The order of calls: `init`, which listens already, `start`, `drain`.
package final class HTTPServerService: Sendable {
    /// Where the server listens, with the port that the kernel chose if it was 0.
    package let address: ListenAddress
    private let servers: [LoopServer]
    private let quota: ConnectionQuota
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Opens the listening sockets, so that a busy port is known before anything else starts.
    package init(
        address: ListenAddress, tls: TLSContext?, handler: any HTTPHandler, loops: Loops,
        settings: HTTPServerSettings = HTTPServerSettings(), log: any EventLog = SilentEventLog()
    ) throws(ListenError) {
        let listeners = try Listeners(address, loops: loops.all.count, backlog: settings.backlog)
        let quota = ConnectionQuota(limit: settings.connectionsMax)
        self.address = listeners.address
        self.quota = quota
        servers = zip(loops.all, listeners.byLoop).map { loop, descriptors in
            LoopServer(
                loop: loop, listeners: descriptors, settings: settings, handler: handler, tls: tls,
                quota: quota,
                log: log)
        }
    }

    /// Accepts connections from now on. Called once.
    package func start() {
        tasks.withLock { tasks in
            precondition(tasks.isEmpty, "the server has been started")
            for server in servers {
                tasks.append(Task(executorPreference: server.loop) { await server.run() })
            }
        }
    }

    /// Stops accepting, ends idle connections and waits for the others to finish their request, each with
    /// `Connection: close`. At `deadline` those that are left are cut and their handlers cancelled. Returns
    /// when all connections have ended.
    package func drain(until deadline: MonotonicInstant, by time: any TimeSource) async {
        quota.close()
        for server in servers { server.loop.execute { server.drain() } }
        let running = tasks.withLock { $0 }
        if running.isEmpty { for server in servers { server.closeListeners() } }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for task in running { await task.value }
                return true
            }
            group.addTask {
                do throws(CancellationError) {
                    try await time.sleep(until: deadline)
                    return false
                } catch {
                    return true
                }
            }
            if await group.next() == false { cut(running) }
            group.cancelAll()
        }
        for task in running { await task.value }
    }

    private func cut(_ running: [Task<Void, Never>]) {
        for task in running { task.cancel() }
        for server in servers { server.loop.execute { server.cut() } }
    }

    /// Takes other bounds while it serves: the number of connections at once, times for what begins from now
    /// on. The limits of heads stay as they were, because buffers were made for them. Cannot fail.
    package func use(_ settings: HTTPServerSettings) {
        quota.setLimit(settings.connectionsMax)
        for server in servers { server.loop.execute { server.use(settings) } }
    }

    /// Connections that are open now, on all loops.
    package var openConnections: Int { servers.reduce(0) { $0 + $1.openConnections } }

    /// Requests whose answer is not out yet, on all loops.
    package var requestsInFlight: Int { servers.reduce(0) { $0 + $1.requestsInFlight } }
}
