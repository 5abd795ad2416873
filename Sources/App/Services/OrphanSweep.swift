package import Domain
package import Ports

extension Node {
    /// Deletes stored objects that no row knows and that are old enough, in one pass over a store. Each is
    /// claimed first, under the key that publishing uses, so a writer that is merely slow is refused and
    /// nothing that is referred to is ever deleted. The claim outlives the bytes by the reclaim grace, and no
    /// changeset publishes a location older than `Limits.writeDurationMax`: so a writer cannot come back
    /// after its claim was forgotten.
    package func sweep(_ store: any ContentStore, madeBefore oldest: WallTime) async throws(Failure) {
        var after: LocationID?
        while !Task.isCancelled {
            do {
                let objects = try await store.list(after: after, limit: Limits.maintenanceBatch)
                guard let last = objects.last else { return }
                after = last.id
                let old = objects.map(\.id).filter { $0.value.time < oldest }
                guard !old.isEmpty else { continue }
                let orphans = try await dependencies.ledger.claimOrphans(old, in: store.id)
                for orphan in orphans { try await store.delete(orphan) }
                if !orphans.isEmpty {
                    dependencies.log.log(.info, "swept orphans", [LogField("count", orphans.count)])
                }
            } catch let error as MetadataError {
                throw Failure(error)
            } catch let error as ContentError {
                throw Failure(error)
            } catch {
                throw .internalError(String(describing: error))
            }
        }
    }
}
