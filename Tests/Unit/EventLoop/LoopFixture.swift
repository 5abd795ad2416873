import Domain
import EventLoop
import Glibc
import Synchronization

/// Runs `body` as a task of a fresh loop, which is stopped after it.
func withLoop<Result: Sendable>(
    _ body: @escaping @Sendable (EpollLoop) async throws -> Result
) async throws -> Result {
    let loop = try EpollLoop()
    try loop.start()
    let outcome = await Task(executorPreference: loop) { try await body(loop) }.result
    loop.stop()
    return try outcome.get()
}

/// Two connected sockets in non-blocking mode.
struct SocketPair {
    let near: Int32
    let far: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let outcome = socketpair(AF_UNIX, type, 0, &ends)
        precondition(outcome == 0)
        near = ends[0]
        far = ends[1]
    }

    func close() {
        _ = Glibc.close(near)
        _ = Glibc.close(far)
    }
}

/// Sends one byte.
func sendByte(_ descriptor: Int32) {
    var byte: UInt8 = 7
    let sent = send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL))
    precondition(sent == 1)
}

/// Receives what is there: the count, 0 at the end, nil when nothing is there.
func receiveAvailable(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count < 0 ? nil : count
}

extension MonotonicInstant {
    static let never = MonotonicInstant(nanoseconds: .max)
}

extension SocketPair {
    /// Says from the far side that no more will come.
    func finishFar() { shutdown(far, Int32(SHUT_WR)) }
}

/// Lets another thread run.
func pauseBriefly() { sched_yield() }

/// Something that happened, seen from any thread.
final class Flag: Sendable {
    private let state = Atomic(false)
    func set() { state.store(true, ordering: .releasing) }
    var isSet: Bool { state.load(ordering: .acquiring) }
}

/// A gate that holds a thread until it is opened.
final class Gate: Sendable {
    private let opened = Flag()
    private let reached = Flag()

    func hold() {
        reached.set()
        while !opened.isSet { pauseBriefly() }
    }

    func open() { opened.set() }

    func waitUntilReached() async {
        while !reached.isSet { await Task.yield() }
    }
}
