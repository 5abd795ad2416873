import Domain

/// Runs the tasks of one process of the world: a node's incarnation, a service, the clients. Its jobs wait in
/// the scheduler, which runs them one at a time on its own thread.
///
/// A task executor and nothing else: as a serial executor it would be switched to and from at places that
/// differ between debug and release. Only the simulator makes tasks; what is structured below them inherits.
package final class NodeExecutor: TaskExecutor, @unchecked Sendable {
    enum Life {
        case running
        /// Its jobs are held back, as by SIGSTOP.
        case paused
        /// Nothing of it ever runs again: power was cut. Not a cancellation, which would run `defer` and
        /// `catch`.
        case dead
    }

    package let name: String
    let number: UInt64
    private unowned let scheduler: Scheduler
    var life = Life.running
    /// What may not run now, in the order of its coming.
    var held: [UnownedJob] = []
    private var roots: [UInt64: (name: () -> String, task: Task<Void, Never>)] = [:]
    private var rootsMade: UInt64 = 0

    init(_ name: String, number: UInt64, _ scheduler: Scheduler) {
        self.name = name
        self.number = number
        self.scheduler = scheduler
    }

    package func enqueue(_ job: consuming ExecutorJob) { scheduler.enqueue(UnownedJob(job), on: self) }

    /// Starts a task: `name` says in a report what was not finished.
    @discardableResult
    package func start(
        _ name: @autoclosure @escaping () -> String, _ body: @escaping @Sendable () async -> Void
    ) -> Task<Void, Never> {
        rootsMade += 1
        let number = rootsMade
        // It cannot end before it is noted: its first job waits for the scheduler.
        let task = Task(executorPreference: self) {
            await body()
            self.roots[number] = nil
        }
        roots[number] = (name, task)
        return task
    }

    package var isDead: Bool { life == .dead }

    /// What was started and has not ended, oldest first.
    package var unfinished: [String] { roots.sorted { $0.key < $1.key }.map { $0.value.name() } }

    /// Cancels what was started: how a process is asked to stop, and how the simulator cleans up.
    package func cancelAll() {
        for (_, root) in roots.sorted(by: { $0.key < $1.key }) { root.task.cancel() }
    }
}
