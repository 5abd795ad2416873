private import CLinux
private import Synchronization

/// The loops of the program, by default one a core: more would only take turns.
package final class Loops: Sendable {
    package let all: [EpollLoop]
    private let turn = Atomic<Int>(0)

    /// Starts `count` loops, one for each core that this process may use when it is nil.
    package init(count: Int? = nil) throws(EventLoopError) {
        let count = count ?? Self.coreCount
        precondition(count > 0)
        var started: [EpollLoop] = []
        do {
            for index in 0..<count {
                let loop = try EpollLoop(index: index)
                try loop.start()
                started.append(loop)
            }
        } catch {
            for loop in started { loop.stop() }
            throw error
        }
        all = started
    }

    /// The loops in turn, for work that belongs to none in particular.
    package func next() -> EpollLoop {
        let ticket = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return all[Int(UInt(bitPattern: ticket) % UInt(all.count))]
    }

    /// Stops all loops and waits for their threads. What runs on them has ended before.
    package func stop() {
        for loop in all { loop.stop() }
    }

    /// The cores that the scheduler gives this process.
    package static var coreCount: Int { Int(callfs_core_count()) }
}
