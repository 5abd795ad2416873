import Domain
import Services
import SimCheckers
import SimCore

/// A directed run: a cluster in fair weather, in which a test itself makes happen what it is about. At the
/// end everything is made good, all power is cut once, and the same is checked as in every other run.
package enum Story {
    /// Tells a story and returns what was wrong, a sentence each.
    ///
    /// `choose` changes what the cluster is like; without it there are three nodes, two clients, and nothing
    /// goes wrong by itself.
    package static func tell(
        seed: UInt64 = 1, _ choose: (inout WorldOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (World) async -> Void
    ) -> [String] {
        var options = WorldOptions()
        options.clients = 2
        // Short enough that all garbage comes of age before the end.
        options.node.reclaimGrace = .seconds(60)
        options.node.writeDurationMax = .seconds(60)
        options.node.sweepAge = .seconds(120)
        options.node.sweepInterval = .seconds(60)
        choose(&options)
        let world = World(Streams(seed: seed), options: options, trace: Trace())
        let progress = Progress()
        for node in world.nodes { node.start() }
        world.start("the story") {
            progress.failures += await perform(world, body)
            progress.isDone = true
        }
        let ending = world.scheduler.run(
            stepsMax: Run.Limits.stepsMax, until: .init(nanoseconds: 0) + Run.Limits.virtualTimeMax,
            isDone: { progress.isDone })
        var failures = progress.failures
        if ending != .finished {
            failures.append("the story is \(ending); waiting: \(world.scheduler.waiting)")
        }
        world.scheduler.cleanUp()
        return failures
    }

    private final class Progress: @unchecked Sendable {
        var isDone = false
        var failures: [String] = []
    }

    private static func perform(
        _ world: World, _ body: @Sendable (World) async -> Void
    ) async -> [String] {
        guard await isServing(world) else { return ["the cluster does not start in fair weather"] }
        await body(world)
        for node in world.nodes {
            node.resume()
            node.start()
        }
        world.calmDown()
        guard await isServing(world) else { return ["a node does not serve although nothing is wrong"] }
        let aftermath = Aftermath(world)
        guard await aftermath.cutAllPower() else { return ["a node does not come back after a power cut"] }
        return Linearizability.check(world.history).map(\.description) + (await aftermath.settle())
    }

    private static func isServing(_ world: World) async -> Bool {
        await world.wait(atMost: Run.Limits.recovery) { world.nodes.allSatisfy { $0.state == .serving } }
    }
}

extension World {
    /// The status of an answer to a request that is not part of the history; nil without an answer.
    package func status(
        of request: SentRequest, from client: SimulatedClient, as persona: Persona = .ada,
        at node: SimulatedNode
    ) async -> Int? {
        var request = request
        request.fields.append(("authorization", "Bearer " + persona.key))
        let reception = await HTTPTraffic(world: self).exchange(
            request, from: client.host, to: node, patience: .seconds(60))
        guard case .answered(let answer) = reception else { return nil }
        return answer.status
    }
}
