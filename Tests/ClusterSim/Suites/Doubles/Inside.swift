import Domain
import SimCore
import SimWorld
import Testing

/// A small simulation around what a test does: a scheduler, a network in fair weather, one task.
struct Inside {
    let scheduler: Scheduler
    let network: Network

    /// Runs `body` to its end, with what it throws.
    static func run(seed: UInt64, _ body: @escaping @Sendable (Inside) async throws -> Void) throws {
        let streams = Streams(seed: seed)
        let scheduler = Scheduler(streams, trace: Trace())
        let inside = Inside(
            scheduler: scheduler,
            network: Network(scheduler, streams.stream("network"), weather: .fine))
        let result = Outcome()
        scheduler.makeExecutor("test").start("the test") {
            do {
                try await body(inside)
                result.value = .success(())
            } catch {
                result.value = .failure(error)
            }
        }
        let ending = scheduler.run(
            stepsMax: 20_000_000, until: MonotonicInstant(nanoseconds: .max), isDone: { result.value != nil })
        #expect(ending == .finished, "seed \(seed): \(scheduler.waiting)")
        scheduler.cleanUp()
        try result.value?.get()
    }

    private final class Outcome: @unchecked Sendable {
        var value: Result<Void, any Error>?
    }
}
