private import Synchronization

/// Finds out whether all loops still turn: asks each for a turn and calls back when the last has had it.
///
/// One round at a time: while a loop is stuck, no second question is put to it, so that nothing piles up
/// behind it. Safe from any thread.
package final class LoopRound: Sendable {
    private let loops: Loops
    private let whenAllTurned: @Sendable () -> Void
    /// The loops that have not answered yet.
    private let missing = Atomic<Int>(0)

    /// `whenAllTurned` runs on the loop that answered last.
    package init(_ loops: Loops, whenAllTurned: @escaping @Sendable () -> Void) {
        self.loops = loops
        self.whenAllTurned = whenAllTurned
    }

    /// Begins a round, unless the one before is not over.
    package func begin() {
        let (isFree, _) = missing.compareExchange(
            expected: 0, desired: loops.all.count, ordering: .acquiringAndReleasing)
        guard isFree else { return }
        for loop in loops.all { loop.execute { self.answer() } }
    }

    private func answer() {
        if missing.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { whenAllTurned() }
    }
}
