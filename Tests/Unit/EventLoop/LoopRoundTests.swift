import EventLoop
import Glibc
import Synchronization
import Testing

@Suite("A round of all loops")
struct LoopRoundTests {
    private final class Count: Sendable {
        private let value = Atomic<Int>(0)
        func add() { value.wrappingAdd(1, ordering: .relaxed) }
        var now: Int { value.load(ordering: .relaxed) }
    }

    /// A semaphore(7) that two threads share.
    private final class Gate: @unchecked Sendable {
        private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        init() { sem_init(semaphore, 0, 0) }
        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }
        func open() { sem_post(semaphore) }
        func pass() { while sem_wait(semaphore) != 0 {} }
    }

    @Test("A loop that is stuck keeps the round open, and its return closes it, once")
    func stuckLoop() throws {
        let loops = try Loops(count: 3)
        defer { loops.stop() }
        let (rounds, done, isStuck, goOn) = (Count(), Gate(), Gate(), Gate())
        let round = LoopRound(loops) {
            rounds.add()
            done.open()
        }
        round.begin()
        done.pass()
        #expect(rounds.now == 1)

        loops.all[1].execute {
            isStuck.open()
            goOn.pass()
        }
        isStuck.pass()
        round.begin()
        // The others have answered when a later errand of theirs is done.
        for loop in [loops.all[0], loops.all[2]] {
            let turned = Gate()
            loop.execute { turned.open() }
            turned.pass()
        }
        #expect(rounds.now == 1)
        round.begin()
        round.begin()
        goOn.open()
        done.pass()
        #expect(rounds.now == 2)

        round.begin()
        done.pass()
        #expect(rounds.now == 3)
    }
}
