private import Glibc
import Ports

/// The bounded queue of finished lines between those who log and the thread that writes.
final class LogQueue: @unchecked Sendable {
    /// What the writer takes at once.
    struct Batch {
        var lines: [UInt8] = []
        var droppedCount = 0
        var mask = SecretMask()
        var isLast = false
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let bytesMax: Int
    /// Lines that were never written, since the start.
    let lost = Counters()
    // All below is guarded by the mutex.
    private var pending = Batch()
    private var isWriterWaiting = false

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// Takes the line, or counts it as dropped when there is no room or no writer any more.
    func append(_ line: [UInt8]) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !pending.isLast, pending.lines.count + line.count <= bytesMax else {
            pending.droppedCount += 1
            lost.add()
            return
        }
        pending.lines.append(contentsOf: line)
        signal()
    }

    func add(secrets: [String]) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        for secret in secrets { pending.mask.add(secret) }
    }

    func addDropped(_ count: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        pending.droppedCount += count
        lost.add(UInt64(count))
    }

    /// Keeps for a later batch what this one could not say: counted as lost already.
    func carry(_ count: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        pending.droppedCount += count
    }

    /// Waits until there is something.
    func next() -> Batch {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while pending.lines.isEmpty, !pending.isLast {
            isWriterWaiting = true
            pthread_cond_wait(arrival, mutex)
            isWriterWaiting = false
        }
        let batch = pending
        pending.lines = []
        pending.droppedCount = 0
        return batch
    }

    /// No line is taken after this; the writer gets one last batch.
    func finish() {
        pthread_mutex_lock(mutex)
        pending.isLast = true
        signal()
        pthread_mutex_unlock(mutex)
    }

    /// Only when it helps: a signal to nobody still costs.
    private func signal() {
        if isWriterWaiting { pthread_cond_signal(arrival) }
    }
}
