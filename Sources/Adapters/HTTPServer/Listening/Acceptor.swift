private import CLinux
private import Domain
private import EventLoop
private import Glibc
import Ports

/// Takes the connections of one listening socket on one loop. Confined to the loop.
final class Acceptor {
    /// After so many connections in a row the loop gets a turn.
    private static let burst = 64

    private unowned let server: LoopServer
    private let readiness: SocketReadiness
    private let quota: ConnectionQuota
    private let log: any EventLog
    private var isStopped = false

    /// Takes over the socket.
    init(server: LoopServer, listener: Int32, quota: ConnectionQuota, log: any EventLog) {
        self.server = server
        self.quota = quota
        self.log = log
        readiness = SocketReadiness(loop: server.loop, descriptor: listener)
    }

    /// Makes `run` end.
    func stop() {
        isStopped = true
        readiness.interrupt()
    }

    /// Accepts until stopped; each connection becomes a task of `group`.
    func run(_ group: inout DiscardingTaskGroup) async {
        do {
            try readiness.start()
        } catch {
            log.log(.error, "cannot watch a listening socket", [LogField("error", "\(error)")])
        }
        var accepted = 0
        while !isStopped, await quota.acquire() {
            let edge = readiness.readEdge
            switch accept() {
            case .connection(let descriptor, let address):
                let server = server
                group.addTask { await server.serve(descriptor, remoteAddress: address) }
                accepted += 1
                if accepted % Self.burst == 0 { await Task.yield() }
            case .nothing:
                quota.release()
                await readiness.readable(since: edge)
            case .again:
                quota.release()
            case .exhausted(let errorNumber):
                quota.release()
                await pause(errorNumber)
            }
        }
        readiness.stopWatching()
        close(readiness.descriptor)
    }

    private enum Accepted {
        case connection(Int32, String)
        case nothing
        /// That client has gone already.
        case again
        /// No descriptors or no memory: to try again at once would only burn the processor.
        case exhausted(Int32)
    }

    private func accept() -> Accepted {
        var address = callfs_address()
        var length = UInt32(MemoryLayout.size(ofValue: address.bytes))
        let descriptor = withUnsafeMutablePointer(to: &address.bytes) {
            callfs_accept(readiness.descriptor, $0, &length)
        }
        guard descriptor < 0 else {
            address.length = length
            return .connection(descriptor, Self.text(of: &address))
        }
        switch -descriptor {
        case EAGAIN: return .nothing
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(-descriptor)
        default: return .again
        }
    }

    private func pause(_ errorNumber: Int32) async {
        log.log(.warn, "cannot accept connections for the moment", [LogField("errno", errorNumber)])
        try? await server.loop.sleep(until: server.loop.now + server.settings.acceptPause)
    }

    private static func text(of address: inout callfs_address) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CALLFS_ADDRESS_TEXT)) { text in
            guard let base = text.baseAddress else { return "" }
            callfs_address_text(&address, base)
            return String(cString: base)
        }
    }
}
