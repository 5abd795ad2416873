import Domain
import Ports

/// Which of a node's dependencies work.
package struct NodeHealth: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package let name: String
        package let isAvailable: Bool
        package let detail: String?
    }

    package let parts: [Part]

    package var isReady: Bool { parts.allSatisfy(\.isAvailable) }
}

extension Node {
    /// Whether other nodes know of this one, and it wants clients.
    private static func part(of membership: ClusterMembership) -> NodeHealth.Part {
        let problem: String? =
            switch (membership.ownStanding, membership.ownState) {
            case (.outside, _): "has not joined yet"
            case (.expelled, _): "another node goes by the same name"
            case (.joined, .up): nil
            case (.joined, let state): state.rawValue
            }
        return NodeHealth.Part(name: "membership", isAvailable: problem == nil, detail: problem)
    }

    /// Asks every dependency. Small and quick enough for a load balancer to call each second.
    package func health() async -> NodeHealth {
        var parts: [NodeHealth.Part] = []
        do {
            _ = try await dependencies.ledger.now()
            parts.append(NodeHealth.Part(name: "metadata", isAvailable: true, detail: nil))
        } catch {
            parts.append(NodeHealth.Part(name: "metadata", isAvailable: false, detail: "does not answer"))
        }
        for store in contents.served {
            let health = await store.probe()
            parts.append(
                NodeHealth.Part(
                    name: contents.registration(of: store.id)?.backend ?? "store",
                    isAvailable: health.isAvailable,
                    detail: health.problem))
        }
        if let cluster = dependencies.cluster { parts.append(Self.part(of: cluster.membership)) }
        return NodeHealth(parts: parts)
    }
}
