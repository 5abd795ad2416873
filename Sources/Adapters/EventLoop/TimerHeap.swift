package import Domain

/// Something that happens on a loop at a time, once per `schedule`. It can be scheduled again and cancelled
/// any number of times without allocating, so that a connection needs one for its whole life.
///
/// Confined to its loop.
package final class LoopTimer {
    package fileprivate(set) var deadline = MonotonicInstant(nanoseconds: .max)
    /// The place in the heap; negative while not scheduled.
    fileprivate var position = -1
    private let loop: EpollLoop
    private let action: () -> Void

    package init(loop: EpollLoop, action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
    }

    package var isScheduled: Bool { position >= 0 }

    /// Makes the timer fire at `deadline` or soon after, whatever it was scheduled for before.
    package func schedule(at deadline: MonotonicInstant) {
        loop.preconditionIsCurrent()
        loop.timers.remove(self)
        self.deadline = deadline
        loop.timers.insert(self)
    }

    /// Makes the timer not fire.
    package func cancel() {
        loop.preconditionIsCurrent()
        loop.timers.remove(self)
    }

    func fire() { action() }
}

/// The scheduled timers of one loop: a binary heap by deadline in which every timer knows its place.
struct TimerHeap {
    private var timers: [LoopTimer] = []

    var isEmpty: Bool { timers.isEmpty }
    var count: Int { timers.count }
    var nextDeadline: MonotonicInstant? { timers.first?.deadline }

    /// Removes and returns the first timer that is due.
    mutating func popDue(at now: MonotonicInstant) -> LoopTimer? {
        guard let first = timers.first, first.deadline <= now else { return nil }
        remove(first)
        return first
    }

    mutating func insert(_ timer: LoopTimer) {
        precondition(timer.position < 0)
        timers.append(timer)
        timer.position = timers.count - 1
        siftUp(timer.position)
    }

    mutating func remove(_ timer: LoopTimer) {
        let position = timer.position
        guard position >= 0 else { return }
        timer.position = -1
        let last = timers.removeLast()
        guard last !== timer else { return }
        timers[position] = last
        last.position = position
        siftUp(position)
        siftDown(last.position)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard timers[child].deadline < timers[parent].deadline else { return }
            swap(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < timers.count && timers[child].deadline < timers[least].deadline {
                least = child
            }
            guard least != parent else { return }
            swap(parent, least)
            parent = least
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        timers.swapAt(left, right)
        timers[left].position = left
        timers[right].position = right
    }
}
