import Domain
import Ports

extension Node {
    /// Compares rows and stored bytes both ways and verifies digests: the consistency check of an offline
    /// store. Calls `report` with one sentence for each thing that is wrong; returns how many contents were
    /// verified.
    package func checkStores(report: (String) -> Void) async throws(Failure) -> Int {
        do {
            for finding in try await dependencies.ledger.check(limit: Limits.listPageDefault) {
                report(finding)
            }
        } catch {
            throw Failure(error)
        }
        var verified = 0
        for store in contents.served {
            var after: LocationID?
            while true {
                let locations: [StoredLocation]
                do {
                    locations = try await dependencies.ledger.locations(
                        in: store.id, after: after, limit: Limits.maintenanceBatch)
                } catch {
                    throw Failure(error)
                }
                guard let last = locations.last else { break }
                after = last.id
                for location in locations {
                    if let problem = await verify(location, in: store) {
                        report("content at \(location.id): \(problem)")
                    }
                    verified += 1
                }
            }
        }
        return verified
    }

    private func verify(_ location: StoredLocation, in store: any ContentStore) async -> String? {
        do {
            let stream = try await store.read(location.id, size: location.size, range: 0..<location.size)
            let digest = dependencies.hash.startDigest(.sha256)
            let buffer = ByteBuffer(capacity: Limits.transferBufferBytes)
            while try await stream.read(into: buffer) > 0 {
                digest.update(buffer.readable)
                buffer.clear()
            }
            if let expected = location.sha256, digest.finish() != expected { return "its digest is wrong" }
            return nil
        } catch let error as ContentError {
            return error == .notFound ? "it is missing" : "it cannot be read whole"
        } catch {
            return "it cannot be read whole"
        }
    }
}
