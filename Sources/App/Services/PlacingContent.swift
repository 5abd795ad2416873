import Domain
import Ports

extension Node {
    /// Writes a body to where it belongs. A node that turns out to be down before it took any of the body
    /// counts as down from the start.
    func place(
        _ body: BoundedStream, as location: LocationID, length: UInt64?,
        replacing existing: ContentLocation?, observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) async throws(Failure) -> (store: StoreID, size: UInt64) {
        let own = contents.defaultStore
        let target = try target(replacing: existing)
        do throws(Failure) {
            let stored = try await use(
                target, isRepeatable: { body.isUntouched },
                { store async throws(ContentError) in
                    try await store.write(location, length: length, body: body, observe: observe)
                })
            return (target, stored.size)
        } catch .instanceUnavailable(let owner) {
            guard target != own, body.isUntouched, dependencies.settings.onOwnerDown == .writeHere else {
                throw .instanceUnavailable(owner)
            }
        }
        guard let store = contents.store(own) else { throw .backendUnavailable }
        do {
            let stored = try await store.write(location, length: length, body: body, observe: observe)
            return (own, stored.size)
        } catch {
            throw Failure(error)
        }
    }

    /// Which store inline bytes are said to belong to. They go with the commit, whoever is down.
    func inlinePlace(replacing existing: ContentLocation?) -> StoreID {
        do { return try target(replacing: existing) } catch { return contents.defaultStore }
    }

    private func target(replacing existing: ContentLocation?) throws(Failure) -> StoreID {
        guard let cluster = dependencies.cluster, let existing, existing.store != contents.defaultStore,
            let backend = contents.registration(of: contents.defaultStore)?.backend
        else { return contents.defaultStore }
        let decision = Placement.decide(
            replacing: existing, defaultBackend: backend, in: cluster.membership.view,
            onOwnerDown: dependencies.settings.onOwnerDown)
        switch decision {
        case .here(let store), .peer(_, let store): return store.id
        case .ownerDown(let owner): throw .instanceUnavailable(owner)
        case .noStore: return contents.defaultStore
        }
    }
}
