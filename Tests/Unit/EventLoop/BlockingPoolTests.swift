import EventLoop
import Testing

@Suite("The pool for blocking calls")
struct BlockingPoolTests {
    @Test("The caller gets its result and goes on on its own loop")
    func resumesOnLoop() async throws {
        let pool = try BlockingPool(threads: 2)
        try await withLoop { loop in
            for number in 0..<200 {
                let answer = try await pool.run { EpollLoop.current == nil ? number * 2 : -1 }
                #expect(answer == number * 2)
                #expect(loop.isCurrent)
            }
        }
        pool.stop()
    }

    @Test("Work beyond the bound of the queue is refused at once and the rest is done")
    func refusesWhenFull() async throws {
        let pool = try BlockingPool(threads: 1, queuedMax: 2)
        let gate = Gate()
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await pool.run { gate.hold() }
                return 0
            }
            await gate.waitUntilReached()
            for number in 1...10 {
                group.addTask {
                    do throws(BlockingPoolRefusal) {
                        return try await pool.run { number }
                    } catch {
                        return error == .overloaded ? -1 : -2
                    }
                }
            }
            var refused = 0
            var done = 0
            for try await answer in group {
                if answer < 0 { refused += 1 } else { done += 1 }
                if refused == 8 { gate.open() }
            }
            #expect(refused == 8)
            #expect(done == 3)
        }
        pool.stop()
    }

    @Test("Work that is run to its end is done in a cancelled task too")
    func runsToEnd() async throws {
        let pool = try BlockingPool(threads: 1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await pool.runToEnd { 7 }
        }
        #expect(try await task.value == 7)
        pool.stop()
        await #expect(throws: BlockingPoolRefusal.stopped) { try await pool.runToEnd { 8 } }
    }

    @Test("Cancelled work that waits for a thread is answered at once and never runs")
    func cancelsQueued() async throws {
        let pool = try BlockingPool(threads: 1)
        let gate = Gate()
        let ran = Flag()
        let holding = Task { try await pool.run { gate.hold() } }
        await gate.waitUntilReached()
        let queued = Task { try await pool.run { ran.set() } }
        queued.cancel()
        await #expect(throws: BlockingPoolRefusal.cancelled) { try await queued.value }
        gate.open()
        try await holding.value
        try await pool.run {}
        #expect(!ran.isSet)
        pool.stop()
    }

    @Test("Work that has begun runs to its end although its task is cancelled")
    func finishesStarted() async throws {
        let pool = try BlockingPool(threads: 1)
        let gate = Gate()
        let started = Task {
            try await pool.run {
                gate.hold()
                return 42
            }
        }
        await gate.waitUntilReached()
        started.cancel()
        gate.open()
        let answer = try await started.value
        #expect(answer == 42)
        pool.stop()
    }

    @Test("A stopped pool finishes what it has and refuses what comes after")
    func stops() async throws {
        let pool = try BlockingPool(threads: 1)
        let answer = try await pool.run { 1 }
        #expect(answer == 1)
        pool.stop()
        pool.stop()
        await #expect(throws: BlockingPoolRefusal.stopped) { try await pool.run { 2 } }
    }
}
