package import Domain
private import Glibc

/// Runs a whole world on one thread: the next job is one of those that are ready, chosen by the seed; when
/// none is, the earliest event happens and the time moves to it. The same seed gives the same run.
///
/// Confined to the thread that made it; an enqueue from any other ends the process, because it means that
/// something reached for a real clock or a real executor.
package final class Scheduler: @unchecked Sendable {
    /// Why a run ended.
    package enum Ending: Sendable, Equatable {
        case finished
        /// Nothing can happen any more, and it is not finished.
        case stuck
        /// More steps than any honest run takes.
        case stepLimit
        /// Later than any honest run lasts.
        case timeLimit
        /// Something ran outside of the executors: the step at which it was noticed.
        case escaped
    }

    /// More jobs than that in a row take so long that the next event comes meanwhile.
    private static let jobsInARowMax = 4_096

    private struct ReadyJob {
        let job: UnownedJob
        let executor: NodeExecutor
    }

    package let trace: Trace
    package private(set) var now = MonotonicInstant(nanoseconds: 0)
    private let choose: RandomStream
    /// Of 16 choices how many take the newest job: from fair to nearly depth first.
    private let newestOf16: Int
    private var ready: [ReadyJob] = []
    private var events = EventQueue()
    private let thread = pthread_self()
    package private(set) var executors: [NodeExecutor] = []
    /// The run is over; what is left is only being cleaned up.
    package private(set) var isEnding = false
    var hasEscaped = false

    package init(_ streams: Streams, trace: Trace) {
        self.trace = trace
        choose = streams.stream("scheduler")
        newestOf16 = [0, 0, 0, 4, 8, 12][choose.number(in: 0...5)]
        Tripwire.install()
    }

    package var stepCount: UInt64 { trace.step }

    // MARK: What happens

    package func makeExecutor(_ name: String) -> NodeExecutor {
        let executor = NodeExecutor(name, number: UInt64(executors.count), self)
        executors.append(executor)
        return executor
    }

    /// Does `action` after `delay`, unless the run is over then.
    package func after(_ delay: Duration, _ action: @escaping () -> Void) {
        events.add(at: now + max(.zero, delay), action)
    }

    func enqueue(_ job: UnownedJob, on executor: NodeExecutor) {
        precondition(
            pthread_equal(pthread_self(), thread) != 0,
            "a job came from another thread: something used a real clock or the global executor")
        if executor.life == .running {
            ready.append(ReadyJob(job: job, executor: executor))
        } else {
            executor.held.append(job)
        }
    }

    // MARK: Processes

    /// Cuts the power of a process: its jobs, now and later, never run.
    package func kill(_ executor: NodeExecutor) {
        hold(executor)
        executor.life = .dead
    }

    package func pause(_ executor: NodeExecutor) {
        guard executor.life == .running else { return }
        hold(executor)
        executor.life = .paused
    }

    package func resume(_ executor: NodeExecutor) {
        guard executor.life == .paused else { return }
        executor.life = .running
        ready += executor.held.map { ReadyJob(job: $0, executor: executor) }
        executor.held = []
    }

    private func hold(_ executor: NodeExecutor) {
        executor.held += ready.filter { $0.executor === executor }.map(\.job)
        ready.removeAll { $0.executor === executor }
    }

    // MARK: Running

    /// Runs until `isDone`, which is looked at after each event, or until nothing can go on.
    package func run(stepsMax: UInt64, until limit: MonotonicInstant, isDone: () -> Bool) -> Ending {
        precondition(pthread_equal(pthread_self(), thread) != 0)
        return Tripwire.watching(self) {
            while true {
                drainJobs(stepsMax)
                if hasEscaped { return .escaped }
                if trace.step >= stepsMax { return .stepLimit }
                if isDone() { return .finished }
                guard let event = events.popFirst() else {
                    if !ready.isEmpty { continue }
                    return .stuck
                }
                if event.time > limit { return .timeLimit }
                now = max(now, event.time)
                trace.begin(2, event.sequence, at: now)
                event.action()
            }
        }
    }

    private func drainJobs(_ stepsMax: UInt64) {
        // Whoever only waits by yielding must not keep the time from passing.
        var turns = Self.jobsInARowMax
        while !ready.isEmpty, !hasEscaped, trace.step < stepsMax, turns > 0 {
            turns -= 1
            let last = ready.count - 1
            var index = last
            if last > 0, newestOf16 == 0 || choose.number(in: 0...15) >= newestOf16 {
                index = choose.number(in: 0...last)
            }
            ready.swapAt(index, last)
            let next = ready.removeLast()
            trace.begin(1, next.executor.number << 16 | UInt64(index), at: now)
            next.job.runSynchronously(on: next.executor.asUnownedTaskExecutor())
        }
    }

    /// Lets go of everything that still waits, so that a process can do thousands of runs: cancels all tasks
    /// and runs them to their ends, the dead ones too. Nothing of it counts.
    package func cleanUp() {
        isEnding = true
        Tripwire.watching(self) {
            for executor in executors {
                executor.life = .running
                ready += executor.held.map { ReadyJob(job: $0, executor: executor) }
                executor.held = []
            }
            for executor in executors { executor.cancelAll() }
            var budget = 4_000_000
            while budget > 0 {
                budget -= 1
                if let next = ready.popLast() {
                    next.job.runSynchronously(on: next.executor.asUnownedTaskExecutor())
                } else if let event = events.popFirst() {
                    event.action()
                } else {
                    return
                }
            }
        }
    }

    /// What waits, for a report of a run that got stuck.
    package var waiting: [String] {
        executors.flatMap { executor in executor.unfinished.map { "\(executor.name): \($0)" } }
            + ["\(events.count) events"]
    }
}
