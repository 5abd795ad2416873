/// Decides where the bytes of a new content go.
package enum Placement {
    /// What happens to a write when the node that holds the file is down.
    package enum OwnerDownPolicy: String, Sendable, CaseIterable {
        /// The new content goes to the default backend of the node that got the request; the file moves with
        /// it.
        case writeHere
        case refuse
    }

    package enum Decision: Sendable, Equatable {
        /// Into this store, which this node reaches by itself.
        case here(RegisteredStore)
        /// Into this store, through the node that has it.
        case peer(InstanceID, RegisteredStore)
        /// The node that holds the file is down, and the policy is to wait for it.
        case ownerDown(InstanceID)
        /// This node has no backend of the default's name.
        case noStore
    }

    /// A new file goes to the default backend of the node that got the request; a replaced one stays where it
    /// lives, so that a client that writes through another node does not move it about. `existing` is where
    /// the content that gets replaced is, nil when there is none; a store that nobody serves any more counts
    /// as none.
    package static func decide(
        replacing existing: ContentLocation?, defaultBackend: String, in cluster: ClusterView,
        onOwnerDown policy: OwnerDownPolicy
    ) -> Decision {
        if let existing, let store = cluster.store(existing.store) {
            switch cluster.reach(of: store) {
            case .local, .shared: return .here(store)
            case .peer(let owner): return .peer(owner, store)
            case .none(let owner):
                // Switched off is not down: nobody would wait for it.
                if let owner, store.kind != .disabled, policy == .refuse { return .ownerDown(owner) }
            }
        }
        guard let store = cluster.store(ofBackend: defaultBackend) else { return .noStore }
        return .here(store)
    }
}
