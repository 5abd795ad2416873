import Domain
import EventLoop
import Testing

@Suite("Timers of a loop")
struct TimerTests {
    @Test(
        "Timers fire in the order of their deadlines, whatever the order they were scheduled in",
        arguments: 1...20)
    func firesInOrder(seed: UInt64) async throws {
        let (fired, expected) = try await withLoop { loop in
            var generator = SplitMix(state: seed)
            var fired: [Int64] = []
            var timers: [LoopTimer] = []
            let start = loop.now.nanoseconds
            var expected: [Int64] = []
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                for _ in 0..<200 {
                    let offset = Int64(generator.next() % 1_000_000)
                    timers.append(LoopTimer(loop: loop) { fired.append(offset) })
                    timers[timers.count - 1].schedule(at: MonotonicInstant(nanoseconds: start + offset))
                    expected.append(offset)
                }
                for index in 0..<200 where generator.next() % 3 == 0 {
                    let cancelled = timers[index].deadline.nanoseconds - start
                    timers[index].cancel()
                    guard let place = expected.firstIndex(of: cancelled) else { continue }
                    expected.remove(at: place)
                }
                let last = LoopTimer(loop: loop) { continuation.resume() }
                last.schedule(at: MonotonicInstant(nanoseconds: start + 1_000_001))
                timers.append(last)
            }
            return (fired, expected.sorted())
        }
        #expect(fired == expected, "seed \(seed)")
    }

    @Test("A timer that is scheduled again fires once, at the new time")
    func reschedules() async throws {
        try await withLoop { loop in
            var count = 0
            let timer = LoopTimer(loop: loop) { count += 1 }
            timer.schedule(at: loop.now + .milliseconds(1))
            timer.schedule(at: loop.now + .milliseconds(3))
            #expect(timer.isScheduled)
            try await loop.sleep(until: loop.now + .milliseconds(5))
            #expect(count == 1)
            #expect(!timer.isScheduled)
        }
    }

    @Test("A sleep does not end before its deadline")
    func sleepsLongEnough() async throws {
        try await withLoop { loop in
            let time = LoopTimeSource(fallback: loop)
            let deadline = time.monotonicNow() + .milliseconds(3)
            try await time.sleep(until: deadline)
            #expect(time.monotonicNow() >= deadline)
            #expect(loop.isCurrent)
        }
    }

    @Test("A cancelled sleep ends at once, whether it has begun or not")
    func sleepIsCancelled() async throws {
        try await withLoop { loop in
            for yields in 0..<3 {
                let sleeping = Task(executorPreference: loop) { try await loop.sleep(until: .never) }
                for _ in 0..<yields { await Task.yield() }
                sleeping.cancel()
                await #expect(throws: CancellationError.self) { try await sleeping.value }
            }
        }
    }

    @Test("A caller that runs on no loop sleeps on the fallback and is cancelled as promptly")
    func sleepsFromOutside() async throws {
        let loop = try EpollLoop()
        try loop.start()
        let time = LoopTimeSource(fallback: loop)
        let deadline = time.monotonicNow() + .milliseconds(2)
        try await time.sleep(until: deadline)
        #expect(time.monotonicNow() >= deadline)
        let sleeping = Task { try await time.sleep(until: .never) }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
        loop.stop()
    }
}

/// A small seeded generator (splitmix64).
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
