import Domain
import Ports

extension Node {
    /// One bounded round of everything that turns what is not referred to into free space: takes detached
    /// trees apart, condemns candidates, deletes the bytes of what was condemned a grace ago, forgets
    /// answers that are over, gives space back. Returns false when there was nothing to do.
    package func collectGarbage() async throws(Failure) -> Bool {
        let ledger = dependencies.ledger
        do {
            let reaped = try await ledger.reapDetached(limit: Limits.maintenanceBatch)
            let examined = try await ledger.reclaim(limit: Limits.maintenanceBatch)
            let deleted = try await deleteCondemned()
            let forgotten = try await ledger.forgetAnswers(limit: Limits.maintenanceBatch)
            if reaped + examined + deleted + forgotten > 0 { return true }
            return try await ledger.compact()
        } catch let error as MetadataError {
            throw Failure(error)
        } catch let error as ContentError {
            throw Failure(error)
        } catch {
            throw .internalError(String(describing: error))
        }
    }

    private func deleteCondemned() async throws -> Int {
        let now = try await dependencies.ledger.now()
        let condemned = try await dependencies.ledger.condemned(
            before: now - dependencies.settings.reclaimGrace, in: contents.served.map(\.id),
            limit: Limits.maintenanceBatch)
        var gone: [LocationID] = []
        for location in condemned {
            guard !location.isInline else {
                gone.append(location.id)
                continue
            }
            guard let store = contents.store(location.store) else { continue }
            try await store.delete(location.id)
            gone.append(location.id)
        }
        if !gone.isEmpty { try await dependencies.ledger.forget(gone) }
        return gone.count
    }
}
