private import Glibc
private import Synchronization

/// The bounded queue between callers and the threads of a pool.
final class PoolQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let capacity: Int
    private var items: [(any PoolItem)?] = []
    private var head = 0
    private var isFinished = false

    init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// Takes `item`, or says why not.
    func append(_ item: any PoolItem) -> BlockingPoolRefusal? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isFinished else { return .stopped }
        guard items.count - head < capacity else { return .overloaded }
        items.append(item)
        pthread_cond_signal(arrival)
        return nil
    }

    /// Waits for the next item; nil when the queue is finished and empty.
    func next() -> (any PoolItem)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == items.count {
            if isFinished { return nil }
            pthread_cond_wait(arrival, mutex)
        }
        let item = items[head]
        items[head] = nil
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= capacity {
            items.removeFirst(head)
            head = 0
        }
        return item
    }

    func finish() {
        pthread_mutex_lock(mutex)
        isFinished = true
        pthread_cond_broadcast(arrival)
        pthread_mutex_unlock(mutex)
    }
}

protocol PoolItem: AnyObject, Sendable {
    func perform()
}

/// Work that nobody waits for.
final class UnawaitedWork: PoolItem {
    private let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    func perform() { work() }
}

/// One call that waits for its thread. Whoever claims it first answers it: the thread with the result, or the
/// cancellation with a refusal.
final class PoolWork<Value: Sendable>: PoolItem, @unchecked Sendable {
    typealias Outcome = Result<Value, BlockingPoolRefusal>

    private enum State {
        case new
        case waiting(UnsafeContinuation<Outcome, Never>)
        case refused(BlockingPoolRefusal)
        case claimed
    }

    private let work: @Sendable () -> Value
    private let state = Mutex(State.new)

    init(_ work: @escaping @Sendable () -> Value) { self.work = work }

    /// Hands over whom to answer; answers at once when the work was refused before.
    func wait(_ continuation: UnsafeContinuation<Outcome, Never>) -> Bool {
        let refusal: BlockingPoolRefusal? = state.withLock { state in
            if case .refused(let refusal) = state {
                state = .claimed
                return refusal
            }
            state = .waiting(continuation)
            return nil
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
        return refusal == nil
    }

    func perform() {
        guard let continuation = claim() else { return }
        continuation.resume(returning: .success(work()))
    }

    /// Answers with `refusal` unless a thread has begun already.
    func refuse(_ refusal: BlockingPoolRefusal) {
        let continuation: UnsafeContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .new:
                state = .refused(refusal)
                return nil
            case .waiting(let continuation):
                state = .claimed
                return continuation
            case .refused, .claimed:
                return nil
            }
        }
        continuation?.resume(returning: .failure(refusal))
    }

    private func claim() -> UnsafeContinuation<Outcome, Never>? {
        state.withLock { state in
            guard case .waiting(let continuation) = state else { return nil }
            state = .claimed
            return continuation
        }
    }
}
