import Domain
import Memory
import SimCheckers
import SimCore

/// The course that every run takes: the cluster starts in fair weather, something happens, everything is made
/// good, all power is cut once, and then all that is known is judged. Confined to the thread of its world.
final class Course: @unchecked Sendable {
    private let world: World
    private let judgesHistory: Bool
    private var isDone = false
    private var failures: [String] = []
    /// Where it is, for the report of a run that does not come to its end.
    var stage = "start"

    init(_ world: World, judgesHistory: Bool = true) {
        self.world = world
        self.judgesHistory = judgesHistory
    }

    /// Runs the world until its course is over, or cannot go on; a sentence for each thing that is wrong.
    /// `check` looks at what is there in the end. What is left of the world is the caller's to clean up.
    func perform(
        _ happen: @escaping @Sendable () async -> Void,
        check: @escaping @Sendable () async -> [String] = { [] }
    ) -> [String] {
        world.start("the course of the run") { [self] in
            await take(happen, check)
            isDone = true
        }
        let ending = world.scheduler.run(
            stepsMax: Run.Limits.stepsMax,
            until: MonotonicInstant(nanoseconds: 0) + Run.Limits.virtualTimeMax, isDone: { self.isDone })
        var found = failures + world.complaints
        if ending != .finished {
            found.append("the run is \(ending) in \(stage); waiting: \(world.scheduler.waiting)")
        }
        return found
    }

    private func take(
        _ happen: @Sendable () async -> Void, _ check: @Sendable () async -> [String]
    ) async {
        // A deployment that was there before: every node knows of the stores of all.
        for node in world.nodes { _ = try? await world.store.register(node.store) }
        for node in world.nodes { node.start() }
        guard await isServing() else { return fail("the cluster does not start in fair weather") }
        await happen()
        for node in world.nodes {
            node.resume()
            node.start()
        }
        world.calmDown()
        guard await isServing() else {
            return fail("liveness: a node does not serve although nothing is wrong any more")
        }
        stage = "power cut"
        let aftermath = Aftermath(world)
        guard await aftermath.cutAllPower() else {
            return fail("liveness: a node does not come back after a power cut")
        }
        // What a node had sent before the power went may still arrive.
        await world.pass(Run.Limits.lastMessage)
        world.becomeCalm()
        stage = "check"
        failures += await check()
        if judgesHistory { failures += Judges.check(world.history).map(\.description) }
        stage = "settling"
        failures += await aftermath.settle()
    }

    private func isServing() async -> Bool {
        await world.wait(atMost: Run.Limits.recovery) { world.nodes.allSatisfy { $0.state == .serving } }
    }

    private func fail(_ sentence: String) { failures.append(sentence) }
}
