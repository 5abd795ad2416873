/// The cluster as one node sees it at one moment: who it is, who is alive, and which places hold bytes.
package struct ClusterView: Sendable, Equatable {
    /// This node.
    package let instance: InstanceID
    private let live: Set<InstanceID>
    private let stores: [StoreID: RegisteredStore]

    /// A node is alive to itself, whether or not it is among `live`.
    package init(instance: InstanceID, live: Set<InstanceID> = [], stores: [RegisteredStore]) {
        self.instance = instance
        self.live = live.union([instance])
        self.stores = Dictionary(stores.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What is known of a store; nil when nobody registered it.
    package func store(_ id: StoreID) -> RegisteredStore? { stores[id] }

    /// How this node gets at the bytes of a store.
    package func reach(of store: RegisteredStore) -> Reach {
        if store.kind == .disabled { return .none(store.instance) }
        guard let owner = store.instance else { return .shared }
        if owner == instance { return .local }
        return live.contains(owner) ? .peer(owner) : .none(owner)
    }

    package enum Reach: Sendable, Equatable {
        /// By its own disk.
        case local
        /// As every node does.
        case shared
        /// Through the node that has the disk.
        case peer(InstanceID)
        /// Not now: its node is down, or nobody serves it any more.
        case none(InstanceID?)
    }

    /// The store behind a configured backend name on this node: its own, or the shared one of that name. The
    /// one with the lowest id, should there be several, so that every node that sees the same decides the
    /// same.
    package func store(ofBackend name: String) -> RegisteredStore? {
        stores.values.filter { store in
            guard store.backend == name else { return false }
            switch reach(of: store) {
            case .local, .shared: return true
            case .peer, .none: return false
            }
        }.min { $0.id < $1.id }
    }
}
