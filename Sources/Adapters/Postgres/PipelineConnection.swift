private import CPostgres
import Domain
import EventLoop

/// A connection that is ready, in pipeline mode: calls are sent without waiting for the answers to those
/// before, each as a transaction of its own, and answered in order.
///
/// Confined to its loop. It never blocks: what the socket does not take now is sent when it is writable.
final class PipelineConnection {
    private let connection: OpaquePointer
    private let loop: EpollLoop
    private var watch: LevelWatch?
    private var isWaitingToWrite = false
    private var underWay: [Call] = []
    private var first = 0
    private var timer: LoopTimer?
    private let notices = NoticeFlag()
    private let answerMax: Duration
    /// After each answer, and when the connection has ended.
    private let onChange: (PipelineConnection) -> Void
    private(set) var isOpen = true

    /// Takes over a connection that is in pipeline mode and does not block.
    init(
        _ connection: OpaquePointer, on loop: EpollLoop, answerMax: Duration,
        onChange: @escaping (PipelineConnection) -> Void
    ) throws(EventLoopError) {
        self.connection = connection
        self.loop = loop
        self.answerMax = answerMax
        self.onChange = onChange
        notices.watch(connection)
        do throws(EventLoopError) {
            watch = try LevelWatch(loop: loop, descriptor: PQsocket(connection), interest: .readable) {
                [weak self] readiness in self?.becameReady(readiness)
            }
        } catch {
            PQfinish(connection)
            throw error
        }
    }

    var underWayCount: Int { underWay.count - first }

    /// Sends a call. The answer may be that the connection ended.
    func send(_ call: Call) {
        precondition(isOpen)
        call.deadline = loop.now + answerMax
        underWay.append(call)
        guard transmit(call), PQpipelineSync(connection) == 1 else { return end() }
        flush()
        if isOpen { watchTime() }
    }

    /// Ends the connection; calls that are under way are lost.
    func close() { end() }

    // MARK: Sending

    private func transmit(_ call: Call) -> Bool {
        let count = call.parameters.count
        var storage: [UInt8] = []
        var places: [Int?] = []
        var lengths: [Int32] = []
        var formats: [Int32] = []
        for parameter in call.parameters {
            switch parameter {
            case .null:
                places.append(nil)
                lengths.append(0)
                formats.append(0)
            case .text(let text):
                places.append(storage.count)
                storage += text.utf8
                lengths.append(Int32(text.utf8.count))
                storage.append(0)
                formats.append(0)
            case .bytes(let bytes):
                places.append(storage.count)
                storage += bytes
                lengths.append(Int32(bytes.count))
                storage.append(0)
                formats.append(1)
            }
        }
        return storage.withUnsafeBufferPointer { storage in
            let values = places.map { place -> UnsafePointer<CChar>? in
                guard let place, let base = storage.baseAddress else { return nil }
                return UnsafeRawPointer(base + place).assumingMemoryBound(to: CChar.self)
            }
            return PQsendQueryPrepared(
                connection, call.statement.rawValue, Int32(count), values, lengths, formats, 1) == 1
        }
    }

    private func flush() {
        let left = PQflush(connection)
        guard left >= 0 else { return end() }
        guard (left == 1) != isWaitingToWrite else { return }
        isWaitingToWrite = left == 1
        do throws(EventLoopError) {
            try watch?.update(isWaitingToWrite ? [.readable, .writable] : .readable)
        } catch {
            end()
        }
    }

    // MARK: Receiving

    private func becameReady(_ readiness: Readiness) {
        guard isOpen else { return }
        let isAlive = PQconsumeInput(connection) == 1
        takeAnswers()
        guard isOpen else { return }
        guard isAlive, PQstatus(connection) == CONNECTION_OK else { return end() }
        if isWaitingToWrite { flush() }
    }

    private func takeAnswers() {
        var emptyCount = 0
        while isOpen, underWayCount > 0, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                // One stands between two statements; more would go on for ever.
                emptyCount += 1
                if emptyCount > 2 { return end() }
                continue
            }
            emptyCount = 0
            take(result)
        }
        if isOpen { watchTime() }
    }

    private func take(_ result: OpaquePointer) {
        let call = underWay[first]
        if notices.takeWarning() { call.wasWarned = true }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
            call.rows = Rows(result)
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            finish(call)
        default:
            let state = callfs_pq_sqlstate(result).map { SQLState(String(cString: $0)) }
            // An error behind the rows is one of the commit itself: what it left is not known.
            if let state, call.rows == nil, call.refusal == nil {
                let detail =
                    state == .mutationRefused ? callfs_pq_detail(result) : callfs_pq_constraint(result)
                call.refusal = .refused(state, detail: detail.map(String.init(cString:)))
            } else if call.refusal == nil {
                call.refusal = .lost
            }
            PQclear(result)
        }
    }

    private func finish(_ call: Call) {
        first += 1
        if first == underWay.count {
            underWay.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 256 {
            underWay.removeFirst(first)
            first = 0
        }
        if let refusal = call.refusal {
            call.end(.failure(refusal))
            if case .refused(let state, _) = refusal, state.endsConnection { return end() }
        } else if call.wasWarned, call.statement.isChange {
            call.end(.failure(.doubtful))
        } else if let rows = call.rows {
            call.end(.success(rows))
        } else {
            call.end(.failure(.corrupt))
        }
        onChange(self)
    }

    // MARK: Ending

    private func watchTime() {
        guard underWayCount > 0 else {
            timer?.cancel()
            return
        }
        let timer =
            timer
            ?? LoopTimer(loop: loop) { [weak self] in
                guard let self, isOpen, underWayCount > 0 else { return }
                if underWay[first].deadline <= loop.now { end() } else { watchTime() }
            }
        self.timer = timer
        if !timer.isScheduled || timer.deadline > underWay[first].deadline {
            timer.schedule(at: underWay[first].deadline)
        }
    }

    private func end() {
        guard isOpen else { return }
        isOpen = false
        watch?.stopWatching()
        timer?.cancel()
        timer = nil
        PQfinish(connection)
        let lost = underWay[first...]
        underWay = []
        first = 0
        for call in lost { call.end(.failure(.lost)) }
        onChange(self)
    }

    /// Only where the loop has ended before; otherwise it was closed.
    deinit {
        if isOpen { PQfinish(connection) }
    }
}

/// Remembers that the server has warned. What it says goes nowhere.
private final class NoticeFlag {
    private var isWarned = false

    func watch(_ connection: OpaquePointer) {
        let receiver: PQnoticeReceiver = { argument, result in
            guard let argument, let result, let severity = callfs_pq_severity(result) else { return }
            guard String(cString: severity) == "WARNING" else { return }
            Unmanaged<NoticeFlag>.fromOpaque(argument).takeUnretainedValue().isWarned = true
        }
        PQsetNoticeReceiver(connection, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    func takeWarning() -> Bool {
        defer { isWarned = false }
        return isWarned
    }
}
