import Domain

/// Runs tasks on the calling thread, one job at a time, the next one chosen by a seed: the same seed gives
/// the same interleaving. The tasks wait for each other only, never for time or for another thread.
final class SeededExecutor: TaskExecutor, @unchecked Sendable {
    private var ready: [UnownedJob] = []
    private var choose: SeededGenerator

    init(seed: UInt64) { choose = SeededGenerator(seed: seed) }

    func enqueue(_ job: consuming ExecutorJob) { ready.append(UnownedJob(job)) }

    /// Runs `body` and what it starts to its end; false when everything waits and nothing can go on.
    func run(_ body: @escaping @Sendable () async -> Void) -> Bool {
        let done = Done()
        _ = Task(executorPreference: self) {
            await body()
            done.isSet = true
        }
        while !done.isSet {
            if ready.isEmpty { return false }
            let index = choose.number(in: 0...(ready.count - 1))
            ready.swapAt(index, ready.count - 1)
            ready.removeLast().runSynchronously(on: asUnownedTaskExecutor())
        }
        return true
    }

    /// Touched by the one thread that runs.
    private final class Done: @unchecked Sendable {
        var isSet = false
    }
}
