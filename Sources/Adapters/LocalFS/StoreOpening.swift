package import Domain
package import Ports

extension LocalContentStore {
    /// Takes possession of a disk, and makes it a store when it is empty.
    ///
    /// Everything that is made is durable when this returns. Leftovers of interrupted writes are removed: the
    /// lock says that nobody is writing. A start that was interrupted at any point is completed by the next
    /// one.
    ///
    /// `freshID` is the identity that a new store gets. `ignoring` are names in the root that others own and
    /// that are no data. With `importing`, files that are there already are welcome. `log` gets what the
    /// disk says when it fails later.
    package static func open(
        disk: any Disk, deployment: DeploymentID, freshID: StoreID, ignoring: Set<String> = [],
        importing: Bool = false, log: any EventLog = SilentEventLog()
    ) async throws(LocalStoreError) -> LocalContentStore {
        let opening = StoreOpening(
            disk: disk, deployment: deployment, freshID: freshID,
            foreign: importing ? nil : ignoring.union([StoreLayout.home, "lost+found"]))
        return LocalContentStore(id: try await opening.run(), disk: disk, log: log)
    }
}

/// The steps from a directory to a store.
private struct StoreOpening {
    let disk: any Disk
    let deployment: DeploymentID
    let freshID: StoreID
    /// The names that a root may have before it is a store; nil for any.
    let foreign: Set<String>?

    func run() async throws(LocalStoreError) -> StoreID {
        // Asked first, so that nothing is made in a directory that is somebody else's.
        let names = try await perform { () throws(DiskError) in try await disk.names(in: "") }
        if !names.contains(StoreLayout.home) { try refuseForeign(names) }
        try await makeDirectory(StoreLayout.home)
        try await perform { () throws(DiskError) in try await disk.lock(StoreLayout.lock) }
        do throws(LocalStoreError) {
            return try await runLocked()
        } catch {
            await disk.unlock(StoreLayout.lock)
            throw error
        }
    }

    private func runLocked() async throws(LocalStoreError) -> StoreID {
        let marker = try await readMarker()
        if let marker {
            guard marker.deployment == deployment else {
                throw .otherDeployment(found: marker.deployment, expected: deployment)
            }
        } else {
            try refuseForeign(try await perform { () throws(DiskError) in try await disk.names(in: "") })
        }
        try await makeDirectories()
        if marker == nil {
            try await refuseObjects()
            try await writeMarker()
        }
        try await removeTemporaries()
        return marker?.store ?? freshID
    }

    private func refuseForeign(_ names: [String]) throws(LocalStoreError) {
        guard let foreign, let example = names.filter({ !foreign.contains($0) }).min() else { return }
        throw .unmarkedData(name: example)
    }

    /// Objects without a marker are somebody's data, whoever lost the marker.
    private func refuseObjects() async throws(LocalStoreError) {
        for shard in StoreLayout.shardPaths {
            let names = try await perform { () throws(DiskError) in try await disk.names(in: shard) }
            if let name = names.first { throw .unmarkedData(name: shard + "/" + name) }
        }
    }

    // MARK: Directories

    /// What exists may be the unsynced work of a start that was interrupted, so everything is synced at each
    /// start.
    private func makeDirectories() async throws(LocalStoreError) {
        try await makeDirectory(StoreLayout.temporaries)
        try await makeDirectory(StoreLayout.objects)
        let existing = Set(
            try await perform { () throws(DiskError) in try await disk.names(in: StoreLayout.objects) })
        for (name, path) in zip(StoreLayout.shards, StoreLayout.shardPaths) where !existing.contains(name) {
            try await makeDirectory(path)
        }
        for path in [StoreLayout.objects, StoreLayout.home, ""] {
            try await perform { () throws(DiskError) in try await disk.syncDirectory(path) }
        }
    }

    private func makeDirectory(_ path: String) async throws(LocalStoreError) {
        try await perform { () throws(DiskError) in
            do throws(DiskError) {
                try await disk.makeDirectory(path)
            } catch {
                guard error == .exists else { throw error }
            }
        }
    }

    private func removeTemporaries() async throws(LocalStoreError) {
        try await perform { () throws(DiskError) in
            for name in try await disk.names(in: StoreLayout.temporaries) {
                try await disk.remove(StoreLayout.temporaries + "/" + name)
            }
            try await disk.syncDirectory(StoreLayout.temporaries)
        }
    }

    // MARK: Marker

    private func readMarker() async throws(LocalStoreError) -> StoreMarker? {
        let buffer = ByteBuffer(capacity: StoreMarker.bytesMax)
        let isThere = try await perform { () throws(DiskError) in
            guard let size = try await disk.size(of: StoreLayout.marker) else { return false }
            guard size < StoreMarker.bytesMax else { return true }
            let file = try await disk.open(StoreLayout.marker)
            defer { file.close() }
            var count = 1
            while count > 0, buffer.writableCount > 0 {
                count = try await file.read(
                    into: buffer, at: UInt64(buffer.readableCount), limit: buffer.writableCount)
            }
            return true
        }
        guard isThere else { return nil }
        do throws(StoreMarker.ReadError) {
            return try StoreMarker(reading: String(decoding: buffer.readable, as: UTF8.self))
        } catch {
            switch error {
            case .damaged: throw .damagedMarker
            case .otherFormat(let format): throw .otherFormat(format)
            }
        }
    }

    private func writeMarker() async throws(LocalStoreError) {
        let bytes = Array(StoreMarker(deployment: deployment, store: freshID).text.utf8)
        let buffer = ByteBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { _ = buffer.append($0) }
        try await perform { () throws(DiskError) in
            do throws(DiskError) {
                try await disk.remove(StoreLayout.markerDraft)
            } catch {
                guard error == .notFound else { throw error }
            }
            let file = try await disk.create(StoreLayout.markerDraft)
            defer { file.close() }
            try await file.write(buffer, at: 0)
            try await file.sync()
            try await disk.rename(StoreLayout.markerDraft, to: StoreLayout.marker)
            try await disk.syncDirectory(StoreLayout.home)
        }
    }

    private func perform<Value>(
        _ work: () async throws(DiskError) -> Value
    ) async throws(LocalStoreError) -> Value {
        do throws(DiskError) {
            return try await work()
        } catch {
            throw LocalStoreError(error)
        }
    }
}
