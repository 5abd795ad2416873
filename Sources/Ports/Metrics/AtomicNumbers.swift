private import Synchronization

/// A row of numbers that any thread may change at any time without waiting.
final class AtomicNumbers: @unchecked Sendable {
    let count: Int
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    init(count: Int) {
        self.count = count
        base = .allocate(capacity: count)
        for place in 0..<count { (base + place).initialize(to: Atomic(0)) }
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    @inline(__always)
    func add(_ amount: UInt64, at place: Int) {
        precondition(place >= 0 && place < count)
        base[place].wrappingAdd(amount, ordering: .relaxed)
    }

    @inline(__always)
    func subtract(_ amount: UInt64, at place: Int) {
        precondition(place >= 0 && place < count)
        base[place].wrappingSubtract(amount, ordering: .relaxed)
    }

    func set(_ value: UInt64, at place: Int) {
        precondition(place >= 0 && place < count)
        base[place].store(value, ordering: .relaxed)
    }

    func value(at place: Int) -> UInt64 {
        precondition(place >= 0 && place < count)
        return base[place].load(ordering: .relaxed)
    }
}
