package import Domain
package import Ports

/// What makes a node one of several.
package struct Cluster: Sendable {
    package let membership: ClusterMembership
    /// Lets in what other nodes ask.
    package let gate: PeerGate
    /// Makes the way to a store on another node.
    package let connect: @Sendable (StoreID, InstanceID, HTTPOrigin) -> any ContentStore

    package init(
        membership: ClusterMembership, gate: PeerGate,
        connect: @escaping @Sendable (StoreID, InstanceID, HTTPOrigin) -> any ContentStore
    ) {
        self.membership = membership
        self.gate = gate
        self.connect = connect
    }
}

extension Node {
    /// Takes its place among the nodes. A node that stands alone has it already.
    package func join() async throws(JoinRefusal) { try await dependencies.cluster?.membership.join() }

    /// Says that it wants no new clients. It goes on serving.
    package func drain() async throws(Failure) {
        try await dependencies.cluster?.membership.become(.draining)
    }

    /// Says that it ends and will be back soon, so that others wait for it. To be said last, when nothing is
    /// left to serve: whoever hears of it comes back later.
    package func announceRestart() async throws(Failure) {
        try await dependencies.cluster?.membership.become(.restarting)
    }

    /// Says that it is back at work, after it had said otherwise.
    package func resume() async throws(Failure) {
        try await dependencies.cluster?.membership.become(.up)
    }
}
