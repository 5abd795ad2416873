import CLinux
import Glibc
import Synchronization

/// Stands between a store and its server, counts how often the store speaks after it was spoken to, and loses
/// what it is told to lose.
final class Relay: Sendable {
    private struct Pair {
        let client: Int32
        let server: Int32
        /// Whether the client was the last to speak.
        var isAsking = false
    }

    private struct State {
        var turns = 0
        /// The next answer is lost, and its connection with it.
        var losesAnswer = false
        var isOver = false
    }

    let directory: String
    private let state = Mutex(State())
    private let listener: Int32
    private let target: String
    private let thread = Mutex<UInt64>(0)

    init(to server: PostgresServer) throws(ServerProblem) {
        var template = Array("/tmp/callfs-relay-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerProblem("no directory can be made below /tmp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        target = server.socketPath
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        let bound = withUnixAddress(directory + "/.s.PGSQL.5432") { bind(listener, $0, $1) }
        guard listener >= 0, bound == 0, listen(listener, 64) == 0 else {
            throw ServerProblem("the relay cannot listen")
        }
        var handle: UInt64 = 0
        let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
            guard let argument else { return }
            Unmanaged<Relay>.fromOpaque(argument).takeRetainedValue().run()
        }
        guard callfs_thread_start(&handle, "relay", body, Unmanaged.passRetained(self).toOpaque()) == 0
        else { throw ServerProblem("the relay has no thread") }
        let started = handle
        thread.withLock { $0 = started }
    }

    /// How often clients have spoken after they were spoken to: round trips.
    var turns: Int { state.withLock { $0.turns } }

    func loseNextAnswer() { state.withLock { $0.losesAnswer = true } }

    func stop() {
        state.withLock { $0.isOver = true }
        callfs_thread_join(thread.withLock { $0 })
        close(listener)
        unlink(directory + "/.s.PGSQL.5432")
        rmdir(directory)
    }

    // MARK: The thread

    private func run() {
        var pairs: [Pair] = []
        while !state.withLock({ $0.isOver }) {
            var waiting = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for pair in pairs {
                waiting.append(pollfd(fd: pair.client, events: Int16(POLLIN), revents: 0))
                waiting.append(pollfd(fd: pair.server, events: Int16(POLLIN), revents: 0))
            }
            guard poll(&waiting, nfds_t(waiting.count), 20) > 0 else { continue }
            var ended: [Int] = []
            for index in pairs.indices {
                let isAlive =
                    pass(waiting[1 + 2 * index], from: &pairs[index], isClient: true)
                    && pass(waiting[2 + 2 * index], from: &pairs[index], isClient: false)
                if !isAlive { ended.append(index) }
            }
            for index in ended.reversed() {
                close(pairs[index].client)
                close(pairs[index].server)
                pairs.remove(at: index)
            }
            guard waiting[0].revents != 0 else { continue }
            let client = accept(listener, nil, nil)
            let server = connectUnix(target)
            if client >= 0, server >= 0 {
                pairs.append(Pair(client: client, server: server))
            } else {
                if client >= 0 { close(client) }
                if server >= 0 { close(server) }
            }
        }
        for pair in pairs {
            close(pair.client)
            close(pair.server)
        }
    }

    /// False when the connection is over.
    private func pass(_ ready: pollfd, from pair: inout Pair, isClient: Bool) -> Bool {
        guard ready.revents != 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(isClient ? pair.client : pair.server, &bytes, bytes.count)
        guard count > 0 else { return false }
        let isLost = state.withLock { state in
            if isClient, !pair.isAsking { state.turns += 1 }
            defer { if !isClient { state.losesAnswer = false } }
            return !isClient && state.losesAnswer
        }
        pair.isAsking = isClient
        if isLost { return false }
        return write(isClient ? pair.server : pair.client, bytes, count) == count
    }
}
