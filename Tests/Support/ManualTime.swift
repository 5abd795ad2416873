package import Domain
import Ports
private import Synchronization

/// Clocks that stand still until a test moves them. Sleepers wake when their time has come, in the order of
/// their deadlines.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        let id: Int
        let deadline: MonotonicInstant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var monotonic = MonotonicInstant(nanoseconds: 1_000_000_000)
        var wall: WallTime
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let state: Mutex<State>

    /// Starts at 2026-01-01T00:00:00Z.
    package init(wall: WallTime = WallTime(nanoseconds: 1_767_225_600_000_000_000)) {
        state = Mutex(State(wall: wall))
    }

    package func monotonicNow() -> MonotonicInstant { state.withLock { $0.monotonic } }
    package func wallNow() -> WallTime { state.withLock { $0.wall } }

    /// Moves both clocks and wakes whoever slept until then.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state -> [Sleeper] in
            state.monotonic = state.monotonic + duration
            state.wall = state.wall + duration
            let due = state.sleepers.filter { $0.deadline <= state.monotonic }
            state.sleepers.removeAll { $0.deadline <= state.monotonic }
            return due.sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
        }
        for sleeper in woken { sleeper.continuation.resume(returning: true) }
    }

    /// Moves the time of day alone, as an operator or NTP does.
    package func jumpWall(by duration: Duration) {
        state.withLock { $0.wall = $0.wall + duration }
    }

    /// How many tasks are asleep: what a test waits for before it moves the clocks.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package func sleep(until deadline: MonotonicInstant) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let woken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return false }
                    if deadline <= state.monotonic { return true }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !woken { throw CancellationError() }
    }
}
