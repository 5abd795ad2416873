/// The jobs that are ready to run on one loop, first in, first out.
///
/// A ring of plain words, because a job is one pointer and this is the hottest queue of the program. It
/// doubles when it is full and never shrinks: a task has at most one job in it, so the number of tasks bounds
/// it.
struct JobRing: ~Copyable {
    private var storage: UnsafeMutablePointer<UnownedJob>
    private var mask: Int
    private var head = 0
    private(set) var count = 0

    init() {
        let capacity = 256
        storage = .allocate(capacity: capacity)
        mask = capacity - 1
    }

    deinit { storage.deallocate() }

    @inline(__always)
    mutating func push(_ job: UnownedJob) {
        if count > mask { grow() }
        (storage + (head &+ count) & mask).initialize(to: job)
        count &+= 1
    }

    /// The oldest job. The ring is not empty.
    @inline(__always)
    mutating func pop() -> UnownedJob {
        precondition(count > 0)
        let job = storage[head]
        head = (head &+ 1) & mask
        count &-= 1
        return job
    }

    private mutating func grow() {
        let capacity = (mask + 1) * 2
        let larger = UnsafeMutablePointer<UnownedJob>.allocate(capacity: capacity)
        for index in 0..<count { (larger + index).initialize(to: storage[(head + index) & mask]) }
        storage.deallocate()
        storage = larger
        mask = capacity - 1
        head = 0
    }
}
