private import CLinux
package import Domain
private import Glibc
package import Ports
private import Synchronization

/// One thread that waits for descriptors, timers and other threads, and runs the tasks that prefer it.
///
/// Everything that belongs to a loop (`LoopTimer`, `EventSource`, connections) is touched on its thread only,
/// and so needs no lock. A task runs here when it was made with `executorPreference: loop`; its children
/// inherit that, `Task {}` and `Task.detached` do not.
///
/// It is a task executor and not a serial executor too: a job run as isolated makes every continuation of
/// nonisolated code a new enqueue, ten times slower.
package final class EpollLoop: TaskExecutor, @unchecked Sendable {
    /// How many times the ready jobs are run before descriptors are looked at again: a resume within a turn
    /// costs a fraction of a poll, and eight rounds keep a busy task from starving the sockets.
    static let roundsPerTurn = 8

    /// What other threads have left for this one.
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var isAsleep = false
        var isStopping = false
    }

    private struct Slot {
        var generation: UInt32 = 0
        var source: EventSource?
    }

    package let index: Int
    /// How long the loop was away from its descriptors, turn by turn: nobody on it waits less than that.
    package let turns = Histograms(buckets: [
        .microseconds(100), .milliseconds(1), .milliseconds(10), .milliseconds(100), .seconds(1),
    ])
    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let inbox = Mutex(Inbox())
    private let thread = Mutex<UInt64?>(nil)

    // Confined to the loop's thread.
    private var ready = JobRing()
    var timers = TimerHeap()
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var spareJobs: [UnownedJob] = []
    private var spareWork: [@Sendable () -> Void] = []
    /// When the last poll returned.
    private var turnStart = MonotonicInstant(nanoseconds: callfs_monotonic_nanoseconds())

    /// The time when the last poll returned. Cheap, and good enough for timeouts.
    package private(set) var now = MonotonicInstant(nanoseconds: callfs_monotonic_nanoseconds())

    /// Opens the loop's descriptors; `start` makes it run.
    package init(index: Int = 0) throws(EventLoopError) {
        self.index = index
        epoll = try Self.checked(callfs_epoll_open(), .epollCreate)
        wakeDescriptor = callfs_wake_open()
        guard wakeDescriptor >= 0 else {
            close(epoll)
            throw .kernelRefused(call: .eventDescriptor, errorNumber: -wakeDescriptor)
        }
        guard callfs_epoll_add(epoll, wakeDescriptor, EPOLLIN.rawValue, .max) == 0 else {
            close(wakeDescriptor)
            close(epoll)
            throw .kernelRefused(call: .epollControl, errorNumber: errno)
        }
    }

    deinit {
        close(wakeDescriptor)
        close(epoll)
    }

    // MARK: Life

    /// Starts the thread, which keeps the loop alive until `stop`.
    package func start() throws(EventLoopError) {
        let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
            guard let argument else { return }
            Unmanaged<EpollLoop>.fromOpaque(argument).takeRetainedValue().run()
        }
        let argument = Unmanaged.passRetained(self)
        var handle: UInt64 = 0
        let outcome = callfs_thread_start(&handle, "callfs-loop-\(index)", body, argument.toOpaque())
        guard outcome == 0 else {
            argument.release()
            throw .kernelRefused(call: .threadCreate, errorNumber: -outcome)
        }
        let started = handle
        thread.withLock { $0 = started }
    }

    /// Ends the thread and waits for it. Tasks that have not ended never run again, so they end first. Not
    /// called on the loop; safe to repeat.
    package func stop() {
        precondition(!isCurrent, "a loop cannot wait for its own end")
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard let handle else { return }
        leave { $0.isStopping = true }
        callfs_thread_join(handle)
    }

    // MARK: Where we are

    /// The loop whose thread this is.
    package static var current: EpollLoop? {
        guard let pointer = callfs_thread_loop() else { return nil }
        return Unmanaged<EpollLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether the caller runs on this loop's thread.
    @inline(__always)
    package var isCurrent: Bool { callfs_thread_loop() == Unmanaged.passUnretained(self).toOpaque() }

    package func preconditionIsCurrent() {
        precondition(isCurrent, "touched from outside of its loop")
    }

    // MARK: Work from anywhere

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { ready.push(job) } else { leave { $0.jobs.append(job) } }
    }

    /// Runs `work` on the loop: at once when the caller is on it, else in its next turn.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { leave { $0.work.append(work) } }
    }

    private func leave(_ change: (inout Inbox) -> Void) {
        let mustWake = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { callfs_wake_signal(wakeDescriptor) }
    }

    // MARK: Turns

    private func run() {
        callfs_thread_set_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { callfs_thread_set_loop(nil) }
        withUnsafeTemporaryAllocation(of: callfs_event.self, capacity: Int(CALLFS_EPOLL_BATCH)) { events in
            guard let events = events.baseAddress else { return }
            while takeInbox() {
                runReady()
                fireTimers()
                poll(events)
            }
        }
    }

    /// Takes what other threads left; false when the loop is to stop.
    private func takeInbox() -> Bool {
        let isStopping = inbox.withLock { inbox in
            swap(&inbox.jobs, &spareJobs)
            swap(&inbox.work, &spareWork)
            return inbox.isStopping
        }
        for job in spareJobs { ready.push(job) }
        spareJobs.removeAll(keepingCapacity: true)
        if !spareWork.isEmpty {
            for work in spareWork { work() }
            spareWork.removeAll(keepingCapacity: true)
        }
        return !isStopping
    }

    private func runReady() {
        let executor = asUnownedTaskExecutor()
        var round = 0
        while ready.count > 0, round < Self.roundsPerTurn {
            for _ in 0..<ready.count { ready.pop().runSynchronously(on: executor) }
            round += 1
        }
    }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        now = MonotonicInstant(nanoseconds: callfs_monotonic_nanoseconds())
        while let timer = timers.popDue(at: now) { timer.fire() }
    }

    private func poll(_ events: UnsafeMutablePointer<callfs_event>) {
        let mayWait =
            ready.count == 0
            && inbox.withLock { inbox in
                inbox.isAsleep = inbox.jobs.isEmpty && inbox.work.isEmpty && !inbox.isStopping
                return inbox.isAsleep
            }
        turns.observe(.nanoseconds(callfs_monotonic_nanoseconds() - turnStart.nanoseconds))
        let count = callfs_epoll_wait(epoll, events, CALLFS_EPOLL_BATCH, mayWait ? timeoutMilliseconds : 0)
        precondition(count >= 0, "epoll_wait refused the loop's own arguments")
        now = MonotonicInstant(nanoseconds: callfs_monotonic_nanoseconds())
        turnStart = now
        for position in 0..<Int(count) { dispatch(events[position]) }
    }

    private var timeoutMilliseconds: Int32 {
        guard let deadline = timers.nextDeadline else { return -1 }
        let wait = deadline.nanoseconds.subtractingReportingOverflow(callfs_monotonic_nanoseconds())
            .partialValue
        return wait <= 0 ? 0 : Int32(clamping: (wait - 1) / 1_000_000 + 1)
    }

    private func dispatch(_ event: callfs_event) {
        guard event.token != .max else { return callfs_wake_clear(wakeDescriptor) }
        let slot = slots[Int(event.token & 0xFFFF_FFFF)]
        guard slot.generation == UInt32(event.token >> 32), let source = slot.source else { return }
        source.becameReady(Readiness(rawValue: event.bits))
    }

    // MARK: Descriptors

    func add(_ source: EventSource, _ interest: Readiness) throws(EventLoopError) -> UInt64 {
        preconditionIsCurrent()
        let place: Int
        if let free = freeSlots.popLast() {
            place = free
        } else {
            place = slots.count
            slots.append(Slot())
        }
        slots[place].source = source
        let token = UInt64(slots[place].generation) << 32 | UInt64(place)
        let outcome = callfs_epoll_add(epoll, source.descriptor, interest.rawValue, token)
        guard outcome == 0 else {
            vacate(place)
            throw .kernelRefused(call: .epollControl, errorNumber: -outcome)
        }
        return token
    }

    func change(_ source: EventSource, _ interest: Readiness, _ token: UInt64) throws(EventLoopError) {
        preconditionIsCurrent()
        _ = try Self.checked(
            callfs_epoll_change(epoll, source.descriptor, interest.rawValue, token), .epollControl)
    }

    func remove(_ source: EventSource, _ token: UInt64) {
        preconditionIsCurrent()
        _ = callfs_epoll_remove(epoll, source.descriptor)
        vacate(Int(token & 0xFFFF_FFFF))
    }

    /// A place that is used again gets a new generation, so that events of the old descriptor which are on
    /// their way reach nobody.
    private func vacate(_ place: Int) {
        slots[place].source = nil
        slots[place].generation &+= 1
        freeSlots.append(place)
    }

    private static func checked(
        _ outcome: Int32, _ call: EventLoopError.Call
    ) throws(EventLoopError) -> Int32 {
        guard outcome >= 0 else { throw .kernelRefused(call: call, errorNumber: -outcome) }
        return outcome
    }
}
