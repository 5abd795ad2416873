private import Synchronization

/// Counts the connections of all loops, and makes the one that would be too many wait. Safe from any thread.
final class ConnectionQuota: Sendable {
    private struct State {
        var limit: Int
        var used = 0
        var isClosed = false
        var waiting: [UnsafeContinuation<Bool, Never>] = []
    }

    private let state: Mutex<State>

    init(limit: Int) {
        precondition(limit > 0)
        state = Mutex(State(limit: limit))
    }

    /// Another number of places. When it is smaller, nobody is turned out: places that are given back are not
    /// given away again until it holds.
    func setLimit(_ limit: Int) {
        precondition(limit > 0)
        let admitted = state.withLock { state -> [UnsafeContinuation<Bool, Never>] in
            state.limit = limit
            var admitted: [UnsafeContinuation<Bool, Never>] = []
            while state.used < limit, !state.waiting.isEmpty {
                state.used += 1
                admitted.append(state.waiting.removeFirst())
            }
            return admitted
        }
        for continuation in admitted { continuation.resume(returning: true) }
    }

    /// Whether somebody waits for a place.
    var isFull: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Takes a place, waiting for one if need be; false when the quota was closed. One waiter a listener.
    func acquire() async -> Bool {
        if let answer = tryAcquire() { return answer }
        return await withUnsafeContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if let answer = take(&state) { return answer }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func tryAcquire() -> Bool? { state.withLock { take(&$0) } }

    private func take(_ state: inout State) -> Bool? {
        if state.isClosed { return false }
        guard state.used < state.limit else { return nil }
        state.used += 1
        return true
    }

    /// Gives a place back, to the one who has waited longest if somebody does.
    func release() {
        let next: UnsafeContinuation<Bool, Never>? = state.withLock { state in
            guard state.waiting.isEmpty || state.used > state.limit else {
                return state.waiting.removeFirst()
            }
            state.used -= 1
            return nil
        }
        next?.resume(returning: true)
    }

    /// Turns away all who wait and all who come.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }
}
