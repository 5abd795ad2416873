package import Domain
package import Ports
private import Synchronization

/// The places that hold bytes, as one node sees them: those that it serves itself, and what is known of all
/// others.
package final class ContentStores: Sendable {
    /// Where new contents go.
    package let defaultStore: StoreID
    private let local: [StoreID: any ContentStore]
    /// Known from the start; a registration never changes.
    private let registered: [StoreID: RegisteredStore]
    private let learnt = Mutex<[StoreID: RegisteredStore]>([:])

    /// `local` holds the default store; `registered` holds at least every local one.
    package init(defaultStore: StoreID, local: [any ContentStore], registered: [RegisteredStore]) {
        self.defaultStore = defaultStore
        self.local = Dictionary(uniqueKeysWithValues: local.map { ($0.id, $0) })
        self.registered = Dictionary(uniqueKeysWithValues: registered.map { ($0.id, $0) })
        precondition(self.local[defaultStore] != nil)
        precondition(self.local.keys.allSatisfy { self.registered[$0] != nil })
    }

    /// The store itself; nil when this node does not serve it.
    package func store(_ id: StoreID) -> (any ContentStore)? { local[id] }

    /// What is known of a store; nil when nobody registered it.
    package func registration(of id: StoreID) -> RegisteredStore? {
        registered[id] ?? learnt.withLock { $0[id] }
    }

    /// Takes in stores that were registered since.
    package func learn(_ stores: [RegisteredStore]) {
        let new = stores.filter { registered[$0.id] == nil }
        guard !new.isEmpty else { return }
        learnt.withLock { learnt in for store in new { learnt[store.id] = store } }
    }

    /// The stores that this node serves, in the order of their ids.
    package var served: [any ContentStore] { local.values.sorted { $0.id < $1.id } }

    /// Where an inode's bytes are, for answers: the store of its location, or where it would go.
    package func registration(for location: ContentLocation?) -> RegisteredStore? {
        registration(of: location?.store ?? defaultStore)
    }
}
