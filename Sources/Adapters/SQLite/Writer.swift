internal import Domain
internal import Ports

/// The one that writes: puts the calls that wait into shared transactions and answers them when a transaction
/// is on stable storage. Confined to the writer's thread.
final class Writer {
    let tree: TreeWriter
    let ledger: LedgerWriter
    private let connection: Connection
    private let failures: FailureLog
    private let onFatal: @Sendable (String) -> Void
    /// Set after what cannot be known any more; then nothing is done until the process ends.
    private var isLost = false
    private let reserve: SpaceReserve
    /// Set when the disk was full, until the reserve has its room again.
    private var isShortOfRoom = false
    private var framesBefore = 0
    private var checkpointAt: Int

    init(
        connection: Connection, tree: TreeWriter, reserve: SpaceReserve, failures: FailureLog,
        onFatal: @escaping @Sendable (String) -> Void
    ) throws(SQLiteFailure) {
        self.connection = connection
        self.reserve = reserve
        checkpointAt = reserve.logFramesMax
        self.tree = tree
        self.failures = failures
        self.onFatal = onFatal
        ledger = try LedgerWriter(tree)
    }

    func process(_ calls: [any WriterCall]) {
        var group: [any WriterCall] = []
        var bytes = 0
        for call in calls where call.begin() {
            if call.addsSomething, !hasRoomToAdd() {
                call.fail(.full)
                continue
            }
            let isFull =
                group.count == SQLiteLimits.groupCallsMax
                || bytes + call.byteCount > SQLiteLimits.groupBytesMax
            if call.isAlone || isFull {
                commit(&group)
                bytes = 0
            }
            if call.isAlone {
                runAlone(call)
            } else {
                group.append(call)
                bytes += call.byteCount
            }
        }
        commit(&group)
    }

    // MARK: Groups

    private func commit(_ group: inout [any WriterCall]) {
        let calls = group
        group.removeAll(keepingCapacity: true)
        guard !calls.isEmpty else { return }
        var result = attempt(calls, usesSavepoints: false)
        if result?.code == TreeWriter.needsSavepoints.code { result = attempt(calls, usesSavepoints: true) }
        guard let failure = result else { return checkpointWhenDue() }
        guard failure.kind == .full else { return end(calls, failure) }
        // With the room of the reserve the log can be copied, so that its file takes what comes next. A small
        // change may fit where a large one does not.
        failures.report(failure, during: "a commit that finds no room", callCount: calls.count)
        reserve.release()
        isShortOfRoom = true
        checkpoint()
        for call in calls {
            if call.addsSomething, !hasRoomToAdd() {
                call.fail(.full)
            } else if let failure = attempt([call], usesSavepoints: true) {
                end([call], failure)
            }
        }
        if isShortOfRoom { checkpoint() }
    }

    /// On a disk that was full only what adds nothing may use the room that is left.
    private func hasRoomToAdd() -> Bool {
        if isShortOfRoom, reserve.take() { isShortOfRoom = false }
        return !isShortOfRoom
    }

    /// Runs calls in one transaction and answers them, or returns why nothing of it happened.
    private func attempt(_ calls: [any WriterCall], usesSavepoints: Bool) -> SQLiteFailure? {
        if isLost {
            for call in calls { call.fail(.unavailable) }
            return nil
        }
        do throws(SQLiteFailure) {
            try transaction(usesSavepoints: usesSavepoints) { () throws(SQLiteFailure) in
                let before = connection.changeCount
                for call in calls { try call.run(self) }
                if connection.changeCount != before { try tree.finishChanges() }
            }
        } catch {
            guard isLost else { return error }
            for call in calls { call.fail(.ambiguous) }
            return nil
        }
        for call in calls { call.succeed() }
        return nil
    }

    private func end(_ calls: [any WriterCall], _ failure: SQLiteFailure) {
        failures.report(failure, during: "writing", callCount: calls.count)
        let error: MetadataError
        switch failure.kind {
        case .full: error = .full
        case .corrupt: error = .corrupt
        case .syncLost, .other: error = .unavailable
        }
        for call in calls { call.fail(error) }
    }

    // MARK: Transactions

    /// Runs `body` in a transaction. When it throws, nothing happened, unless the writer is lost.
    private func transaction(
        usesSavepoints: Bool = false, _ body: () throws(SQLiteFailure) -> Void
    ) throws(SQLiteFailure) {
        do throws(SQLiteFailure) {
            try tree.begin(usesSavepoints: usesSavepoints)
            try body()
        } catch {
            rollBack(after: error)
            throw error
        }
        do throws(SQLiteFailure) {
            try tree.commit()
        } catch {
            if error.isCertainlyNotCommitted { rollBack(after: error) } else { lose(error) }
            throw error
        }
    }

    private func rollBack(after failure: SQLiteFailure) {
        try? tree.rollBack()
        if connection.isInTransaction || failure.kind == .syncLost { lose(failure) }
    }

    private func lose(_ failure: SQLiteFailure) {
        isLost = true
        onFatal("The metadata could not be written safely: \(failure)")
    }

    /// Copies the log into the database when it has grown, after everybody was answered. While a long reader
    /// keeps the log from beginning anew, each copy waits until as much has come again.
    private func checkpointWhenDue() {
        let frames = connection.framesInLog
        if frames < framesBefore { checkpointAt = reserve.logFramesMax }
        framesBefore = frames
        guard frames >= checkpointAt else { return }
        checkpoint()
        checkpointAt = frames + reserve.logFramesMax
    }

    private func checkpoint() {
        do throws(SQLiteFailure) {
            _ = try connection.checkpoint(.passive)
        } catch {
            // The log keeps what could not be copied; the next attempt copies it again from the start.
            failures.report(error, during: "a checkpoint", callCount: 0)
            if error.kind == .syncLost { lose(error) }
        }
    }

    // MARK: Alone

    private func runAlone(_ call: any WriterCall) {
        do throws(SQLiteFailure) {
            try call.run(self)
            call.succeed()
        } catch {
            end([call], error)
        }
    }

    /// Gives room back, in one of three steps: old outcomes, free pages, the log. False when there is no
    /// more.
    func compact() throws(SQLiteFailure) -> Bool {
        if isLost { throw SQLiteFailure(code: 0, text: "the state of the database is unknown") }
        var forgotten = 0
        try transaction { () throws(SQLiteFailure) in
            forgotten = try tree.forgetOutcomes(limit: Limits.maintenanceBatch)
        }
        if forgotten > 0 { return true }
        if try connection.integer("PRAGMA freelist_count") ?? 0 > 0 {
            try transaction { () throws(SQLiteFailure) in
                try connection.execute("PRAGMA incremental_vacuum(\(SQLiteLimits.vacuumPages))")
            }
            return true
        }
        _ = try connection.checkpoint(.truncate)
        return false
    }
}
