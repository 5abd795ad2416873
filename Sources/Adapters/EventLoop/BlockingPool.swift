private import CLinux
private import Glibc
private import Synchronization

/// Threads for system calls that wait for a disk, so that no loop ever does.
///
/// The work runs on a thread of the pool; the caller suspends and resumes on its own executor. Both the
/// threads and the queue are bounded: a disk that stalls makes calls fail at once instead of piling up
/// without end.
package final class BlockingPool: Sendable {
    package enum Limits {
        /// Enough to keep a disk's queue busy; more would only wait in the kernel instead of here.
        package static let threadsDefault = 8
        /// Work that waits for a thread. At 100 microseconds a call, a full queue is about 50 ms of work.
        package static let queuedMaxDefault = 4096
    }

    private let queue: PoolQueue
    private let threads: Mutex<[UInt64]>

    /// Starts `threads` threads.
    package init(
        threads count: Int = Limits.threadsDefault, queuedMax: Int = Limits.queuedMaxDefault
    ) throws(EventLoopError) {
        precondition(count > 0)
        precondition(queuedMax > 0)
        let queue = PoolQueue(capacity: queuedMax)
        let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
            guard let argument else { return }
            let queue = Unmanaged<PoolQueue>.fromOpaque(argument).takeRetainedValue()
            while let item = queue.next() { item.perform() }
        }
        var handles: [UInt64] = []
        for index in 0..<count {
            let argument = Unmanaged.passRetained(queue)
            var handle: UInt64 = 0
            let outcome = callfs_thread_start(&handle, "callfs-disk-\(index)", body, argument.toOpaque())
            guard outcome == 0 else {
                argument.release()
                queue.finish()
                for handle in handles { callfs_thread_join(handle) }
                throw .kernelRefused(call: .threadCreate, errorNumber: -outcome)
            }
            handles.append(handle)
        }
        self.queue = queue
        threads = Mutex(handles)
    }

    /// Runs `work` on a thread of the pool and returns its result.
    ///
    /// A cancelled task gets its answer at once while the work waits for a thread, and the work never runs.
    /// Once it has begun it runs to its end, because a system call cannot be taken back, and its result is
    /// returned.
    package func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(BlockingPoolRefusal) -> Result {
        let item = PoolWork(work)
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                guard item.wait(continuation) else { return }
                if let refusal = queue.append(item) { item.refuse(refusal) }
            }
        } onCancel: {
            item.refuse(.cancelled)
        }
        return try outcome.get()
    }

    /// Runs `work` as `run` does, but in a cancelled task too: for cleaning up after a cancellation.
    package func runToEnd<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(BlockingPoolRefusal) -> Result {
        let item = PoolWork(work)
        let outcome = await withUnsafeContinuation { continuation in
            guard item.wait(continuation) else { return }
            if let refusal = queue.append(item) { item.refuse(refusal) }
        }
        return try outcome.get()
    }

    /// Has `work` done on a thread of the pool. What comes of it is for `work` to tell. For code that is no
    /// task; tasks use `run`. False, and it is not done, when too much waits or the pool was stopped.
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        queue.append(UnawaitedWork(work)) == nil
    }

    /// Lets the queued work finish, refuses new work and waits for the threads to end. Safe to repeat.
    package func stop() {
        queue.finish()
        let handles = threads.withLock { handles in
            defer { handles = [] }
            return handles
        }
        for handle in handles { callfs_thread_join(handle) }
    }
}

/// Why work was not done.
package enum BlockingPoolRefusal: Error, Equatable, Sendable {
    /// Too much is waiting already: the disk does not keep up. Trying again later is safe.
    case overloaded
    /// The task was cancelled before the work had begun.
    case cancelled
    /// The pool was stopped.
    case stopped
}
