internal import Glibc

/// A thread of its own that works off a bounded queue, taking at once all that waits: whoever comes while it
/// works shares the next round.
///
/// A thread and not a task, because the work blocks on the disk. Its state is behind a POSIX mutex, because
/// waiting for work needs a condition.
final class WriterThread: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let capacity: Int
    /// Touched by the thread only, and by `close` after its end.
    private var process: ([any WriterCall]) -> Void
    /// Touched by whoever starts and stops the thread.
    private var thread = pthread_t()

    // Behind the mutex.
    private var waiting: [any WriterCall] = []
    private var isIdle = false
    private var isClosing = false

    /// `process` is called on the thread, with everything that waits; never with nothing.
    init(capacity: Int, process: sending @escaping ([any WriterCall]) -> Void) {
        self.capacity = capacity
        self.process = process
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Starts the thread, which keeps this object until `close`.
    func start() {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<WriterThread>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, context)
        precondition(code == 0, "no thread could be made")
        self.thread = thread
    }

    /// False when too much waits already, or the thread is closing.
    func enqueue(_ call: any WriterCall) -> Bool {
        pthread_mutex_lock(mutex)
        let isAccepted = !isClosing && waiting.count < capacity
        if isAccepted { waiting.append(call) }
        let wakes = isAccepted && isIdle
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(condition) }
        return isAccepted
    }

    /// Takes no more work, finishes what waits, ends the thread and lets go of what it worked with. Not from
    /// the thread itself; once.
    func close() {
        pthread_mutex_lock(mutex)
        isClosing = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
        pthread_join(thread, nil)
        process = { _ in }
    }

    private func work() {
        while let batch = take() { process(batch) }
    }

    /// Everything that waits, after waiting for something; nil at the end.
    private func take() -> [any WriterCall]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isClosing { return nil }
            isIdle = true
            pthread_cond_wait(condition, mutex)
            isIdle = false
        }
        var batch: [any WriterCall] = []
        swap(&batch, &waiting)
        return batch
    }
}
