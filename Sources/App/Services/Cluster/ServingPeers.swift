package import Domain
package import Ports

extension Node {
    /// Deletes an object of this node's store that another node has written and not published. It is claimed
    /// first, as the sweep does, so what a row refers to stays, whatever the other node believes.
    package func deleteUnpublished(
        _ location: LocationID, in store: any ContentStore
    ) async throws(ContentError) {
        let claimed: [LocationID]
        do { claimed = try await dependencies.ledger.claimOrphans([location], in: store.id) } catch {
            throw error == .cancelled ? .cancelled : .unavailable
        }
        guard claimed == [location] else { throw .refused("the object \(location) is published") }
        try await store.delete(location)
    }
}
