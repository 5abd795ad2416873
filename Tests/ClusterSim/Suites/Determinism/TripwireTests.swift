import Domain
import SimCore
import Testing

@Suite("What leaves a simulation is noticed")
struct TripwireTests {
    /// How a run ends whose one task does this.
    private func ending(_ body: @escaping @Sendable (Scheduler) async -> Void) -> Scheduler.Ending {
        let scheduler = Scheduler(Streams(seed: 1), trace: Trace())
        let executor = scheduler.makeExecutor("process")
        let done = Done()
        executor.start("the task") {
            await body(scheduler)
            done.isSet = true
        }
        let ending = scheduler.run(
            stepsMax: 10_000, until: MonotonicInstant(nanoseconds: 1_000_000_000_000),
            isDone: { done.isSet })
        if ending != .escaped { scheduler.cleanUp() }
        return ending
    }

    private final class Done: @unchecked Sendable {
        var isSet = false
    }

    @Test("A task without the executor of its node ends the run")
    func unstructured() {
        #expect(ending { _ in _ = await Task {}.value } == .escaped)
        #expect(ending { _ in _ = await Task.detached {}.value } == .escaped)
    }

    @Test("What is structured stays inside")
    func structured() {
        let ended = ending { _ in
            async let one = Promise<Int>().waitForOne()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { await Task.yield() } }
            }
            _ = await one
            let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
            continuation.yield(1)
            continuation.finish()
            for await _ in stream {}
            await Counter().count()
        }
        #expect(ended == .finished)
    }

    private actor Counter {
        private var value = 0
        func count() { value += 1 }
    }

    @Test("A run in which nothing can go on any more is stuck, and says what waits")
    func stuck() {
        #expect(ending { _ in _ = await Promise<Int>().waitAnyway() } == .stuck)
    }

    @Test("A sleep ends at its time by a clock that is slow, and at once when it is cancelled")
    func sleeping() {
        let ended = ending { scheduler in
            let clock = VirtualClock(scheduler, drift: -200, monotonicStart: .seconds(7))
            let deadline = clock.monotonicNow() + .seconds(10)
            try? await clock.sleep(until: deadline)
            #expect(clock.monotonicNow() >= deadline)
            #expect(clock.monotonicNow() < deadline + .milliseconds(1))
            let before = scheduler.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await clock.sleep(until: deadline + .seconds(1_000)) }
                await Task.yield()
                group.cancelAll()
            }
            #expect(scheduler.now == before)
        }
        #expect(ended == .finished)
    }
}

extension Promise<Int> {
    fileprivate func waitForOne() async -> Int {
        keep(1)
        return await waitAnyway()
    }
}
