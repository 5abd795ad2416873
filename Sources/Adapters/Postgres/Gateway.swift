import Domain
import EventLoop
import Ports
internal import Synchronization

/// Brings calls to the connections of the loop that they are made on.
final class Gateway: Sendable {
    private let lanes: [Lane]
    private let connecting: Connecting
    private let failures: FailureLog
    private let turn = Atomic<Int>(0)
    private let isClosed = Mutex(false)

    init(
        loops: [EpollLoop], connecting: Connecting, changingConnections: Int, waitMax: Duration,
        failures: FailureLog
    ) {
        precondition(!loops.isEmpty)
        lanes = loops.map {
            Lane(
                $0, connecting: connecting, changingConnections: changingConnections, waitMax: waitMax)
        }
        self.connecting = connecting
        self.failures = failures
    }

    /// Asks the server and waits for the answer, which a cancelled caller gets at once.
    func ask(
        _ statement: PreparedStatement, _ parameters: [Parameter] = []
    ) async throws(CallFailure) -> Rows {
        let lane = laneOfCaller
        let call = Call(statement, parameters)
        let answer = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                lane.loop.execute {
                    if call.attach(continuation) { lane.submit(call) }
                }
            }
        } onCancel: {
            lane.loop.execute { lane.cancel(call) }
        }
        switch answer {
        case .success(let rows): return rows
        case .failure(let failure):
            if !isClosed.withLock({ $0 }) { failures.report(failure, during: statement) }
            throw failure
        }
    }

    /// Waits on the caller's loop.
    func pause(for duration: Duration) async throws(CancellationError) {
        let loop = laneOfCaller.loop
        try await loop.sleep(until: LoopTimeSource(fallback: loop).monotonicNow() + duration)
    }

    /// Ends all connections. Blocks until nobody connects any more; safe to repeat.
    func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        for lane in lanes { lane.loop.execute { lane.close() } }
        connecting.stop()
    }

    private var laneOfCaller: Lane {
        if let loop = EpollLoop.current, let own = lanes.first(where: { $0.loop === loop }) { return own }
        let ticket = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return lanes[Int(UInt(bitPattern: ticket) % UInt(lanes.count))]
    }
}
