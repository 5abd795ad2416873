import Domain
import EventLoop

/// The connections of one loop: one that reads, shared by all questions that are under way, and a few that
/// change something, each for one transaction at a time. They are made when they are first needed and made
/// again when they have ended.
///
/// Confined to its loop, but for its making.
final class Lane: @unchecked Sendable {
    let loop: EpollLoop
    private let connecting: Connecting
    private let waitMax: Duration
    private let reading: Slot
    private let changing: [Slot]
    private var waitingReads = CallQueue()
    private var waitingChanges = CallQueue()
    private var timer: LoopTimer?
    private var isClosed = false

    init(_ loop: EpollLoop, connecting: Connecting, changingConnections: Int, waitMax: Duration) {
        self.waitMax = waitMax
        self.loop = loop
        self.connecting = connecting
        reading = Slot()
        changing = (0..<changingConnections).map { _ in Slot() }
    }

    /// Sends the call as soon as there is a connection for it.
    func submit(_ call: Call) {
        guard !isClosed, waitingReads.count + waitingChanges.count < PostgresLimits.waitingCallsMax else {
            return call.end(.failure(.unsent))
        }
        call.deadline = loop.now + waitMax
        if call.statement.isChange { waitingChanges.append(call) } else { waitingReads.append(call) }
        serve()
        watchTime()
    }

    /// The caller has gone. What was sent goes on without it.
    func cancel(_ call: Call) {
        guard !call.isOver else { return }
        let wasWaiting = waitingReads.remove(call) || waitingChanges.remove(call)
        call.end(.failure(wasWaiting || !call.wasSubmitted ? .cancelledUnsent : .cancelledSent))
    }

    /// Ends all connections and refuses everything from then on.
    func close() {
        isClosed = true
        for slot in [reading] + changing {
            slot.connection?.close()
            slot.connection = nil
            slot.timer?.cancel()
            slot.timer = nil
        }
        timer?.cancel()
        timer = nil
        for call in waitingReads.removeAll() + waitingChanges.removeAll() { call.end(.failure(.unsent)) }
    }

    // MARK: Serving

    private func serve() {
        guard !isClosed else { return }
        while !waitingReads.isEmpty {
            guard let connection = reading.connection else {
                dial(reading)
                break
            }
            guard connection.underWayCount < PostgresLimits.readsUnderWayMax,
                let call = waitingReads.removeFirst()
            else { break }
            connection.send(call)
        }
        for slot in changing {
            guard let connection = slot.connection, connection.underWayCount == 0 else { continue }
            guard let call = waitingChanges.removeFirst() else { return }
            connection.send(call)
        }
        // Those who wait for a connection that is being made need no other one.
        var needed = waitingChanges.count - changing.count { $0.phase != .idle }
        for slot in changing where needed > 0 && slot.connection == nil && slot.phase == .idle {
            dial(slot)
            needed -= 1
        }
    }

    private func dial(_ slot: Slot) {
        guard slot.phase == .idle else { return }
        slot.phase = .dialing
        nonisolated(unsafe) let slot = slot
        let isTaken = connecting.dial { [self] dialed in
            loop.execute { [self] in finish(slot, dialed) }
        }
        if !isTaken { pause(slot) }
    }

    private func finish(_ slot: Slot, _ dialed: DialedConnection?) {
        guard let dialed else { return isClosed ? () : pause(slot) }
        guard !isClosed else { return dialed.close() }
        do throws(EventLoopError) {
            slot.connection = try dialed.onLoop(loop, answerMax: connecting.answerMax) {
                [weak self, unowned slot] connection in
                guard let self else { return }
                if !connection.isOpen { slot.connection = nil }
                serve()
            }
            slot.phase = .idle
            slot.failures = 0
            serve()
        } catch {
            pause(slot)
        }
    }

    /// Tries again later: sooner after the first failure than after many, and never together with others.
    private func pause(_ slot: Slot) {
        slot.phase = .pausing
        let doubled = PostgresLimits.pauseFirst * (1 << min(slot.failures, 10))
        slot.failures += 1
        let most = min(doubled, PostgresLimits.pauseLast)
        let timer =
            slot.timer
            ?? LoopTimer(loop: loop) { [weak self, unowned slot] in
                slot.phase = .idle
                self?.serve()
            }
        slot.timer = timer
        timer.schedule(at: loop.now + most * Double.random(in: 0.5...1))
    }

    // MARK: Waiting

    private func watchTime() {
        let next = [waitingReads.first, waitingChanges.first].compactMap { $0?.deadline }.min()
        guard let next else { return }
        let timer = timer ?? LoopTimer(loop: loop) { [weak self] in self?.refuseOverdue() }
        self.timer = timer
        if !timer.isScheduled { timer.schedule(at: next) }
    }

    private func refuseOverdue() {
        while let call = waitingReads.removeFirst(dueAt: loop.now) { call.end(.failure(.unsent)) }
        while let call = waitingChanges.removeFirst(dueAt: loop.now) { call.end(.failure(.unsent)) }
        watchTime()
    }
}

/// A place for a connection.
private final class Slot {
    enum Phase {
        /// There is a connection, or nothing is done about it.
        case idle
        case dialing
        case pausing
    }

    var connection: PipelineConnection?
    var phase = Phase.idle
    var failures = 0
    var timer: LoopTimer?
}

/// Calls in the order in which they came, which is that of their deadlines.
struct CallQueue {
    private var calls: [Call] = []
    private var head = 0

    var count: Int { calls.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Call? { isEmpty ? nil : calls[head] }

    mutating func append(_ call: Call) { calls.append(call) }

    mutating func removeFirst() -> Call? {
        guard let call = first else { return nil }
        head += 1
        if head == calls.count || head > 256 {
            calls.removeFirst(head)
            head = 0
        }
        return call
    }

    mutating func removeFirst(dueAt time: MonotonicInstant) -> Call? {
        guard let call = first, call.deadline <= time else { return nil }
        return removeFirst()
    }

    /// False when it is not there.
    mutating func remove(_ call: Call) -> Bool {
        guard let index = calls[head...].firstIndex(where: { $0 === call }) else { return false }
        calls.remove(at: index)
        return true
    }

    mutating func removeAll() -> [Call] {
        defer { (calls, head) = ([], 0) }
        return Array(calls[head...])
    }
}
