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
        return NodeHealth(parts: parts)
    }
}
