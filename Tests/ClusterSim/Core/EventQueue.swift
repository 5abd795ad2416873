import Domain

/// What happens at a time, in the order of the times, and of their making where those are equal: a binary
/// heap.
struct EventQueue {
    struct Event {
        let time: MonotonicInstant
        let sequence: UInt64
        let action: () -> Void

        fileprivate func isBefore(_ other: Event) -> Bool {
            time.nanoseconds != other.time.nanoseconds
                ? time.nanoseconds < other.time.nanoseconds : sequence < other.sequence
        }
    }

    private var heap: [Event] = []
    private var made: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var count: Int { heap.count }
    var first: Event? { heap.first }

    mutating func add(at time: MonotonicInstant, _ action: @escaping () -> Void) {
        made += 1
        heap.append(Event(time: time, sequence: made, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            let right = left + 1
            if left < heap.count, heap[left].isBefore(heap[least]) { least = left }
            if right < heap.count, heap[right].isBefore(heap[least]) { least = right }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
