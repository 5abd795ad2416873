import Domain
import Services
import SimCore

/// A directed run: a cluster in fair weather, in which a test itself makes happen what it is about. It takes
/// the course of every run, and is judged like every other.
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
        // So that most bodies of stories lie on disks.
        options.node.inlineBytesMax = 4_096
        // Short enough that all garbage comes of age before the end.
        options.node.reclaimGrace = .seconds(60)
        options.node.writeDurationMax = .seconds(60)
        options.node.sweepAge = .seconds(120)
        options.node.sweepInterval = .seconds(60)
        choose(&options)
        let world = World(Streams(seed: seed), options: options, trace: Trace())
        let failures = Course(world).perform { await body(world) }
        world.scheduler.cleanUp()
        return failures
    }
}

extension World {
    /// In a story: this has to be so, or it did not go as told.
    package func expect(_ isSo: Bool, file: String = #fileID, line: Int = #line) {
        if !isSo { complain("the story does not go as told: \(file):\(line)") }
    }

    /// The status of an answer to a request that is not part of the history; nil without an answer.
    package func status(
        of request: SentRequest, from client: SimulatedClient, as persona: Persona = .ada,
        at node: SimulatedNode
    ) async -> Int? {
        await answer(to: request, from: client, as: persona, at: node)?.status
    }

    /// The whole answer.
    package func answer(
        to request: SentRequest, from client: SimulatedClient, as persona: Persona = .ada,
        at node: SimulatedNode
    ) async -> ReceivedAnswer? {
        var request = request
        request.fields.append(("authorization", "Bearer " + persona.key))
        let reception = await HTTPTraffic(world: self).exchange(
            request, from: client.host, to: node, patience: .seconds(60))
        guard case .answered(let answer) = reception else { return nil }
        return answer
    }
}
