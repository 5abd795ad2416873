package import Domain
package import Ports
private import Synchronization

/// Contents in memory, up to a bound: the reference for what a content store does, and a place for tests and
/// caches.
package final class MemoryContentStore: ContentStore {
    private struct State {
        var objects: [LocationID: [UInt8]] = [:]
        /// Ids that are being written, so that two writers of one id cannot both succeed.
        var writing: Set<LocationID> = []
        var usedBytes = 0
    }

    package let id: StoreID
    private let capacityBytes: Int
    private let state = Mutex(State())

    package init(id: StoreID, capacityBytes: Int) {
        precondition(capacityBytes >= 0)
        self.id = id
        self.capacityBytes = capacityBytes
    }

    package func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream, observe: (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent {
        let isNew = state.withLock { state in
            state.objects[id] == nil && state.writing.insert(id).inserted
        }
        guard isNew else { throw .refused("the object \(id) is there already") }
        defer { state.withLock { _ = $0.writing.remove(id) } }
        let bytes = try await collect(body, length: length, observe: observe)
        try state.withLock { state throws(ContentError) in
            guard state.usedBytes + bytes.count <= capacityBytes else { throw .full }
            state.usedBytes += bytes.count
            state.objects[id] = bytes
        }
        return StoredContent(size: UInt64(bytes.count))
    }

    package func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream {
        guard !Task.isCancelled else { throw .cancelled }
        guard let bytes = state.withLock({ $0.objects[id] }) else { throw .notFound }
        guard UInt64(bytes.count) == size else { throw .corrupt }
        precondition(range.upperBound <= size)
        return BytesStream(bytes, range: Int(range.lowerBound)..<Int(range.upperBound))
    }

    package func delete(_ id: LocationID) async throws(ContentError) {
        guard !Task.isCancelled else { throw .cancelled }
        state.withLock { state in
            guard let bytes = state.objects.removeValue(forKey: id) else { return }
            state.usedBytes -= bytes.count
        }
    }

    package func size(of id: LocationID) async throws(ContentError) -> UInt64? {
        guard !Task.isCancelled else { throw .cancelled }
        return state.withLock { $0.objects[id].map { UInt64($0.count) } }
    }

    package func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject] {
        precondition(limit > 0)
        guard !Task.isCancelled else { throw .cancelled }
        let all = state.withLock { state in
            state.objects.map { StoredObject(id: $0.key, size: UInt64($0.value.count)) }
        }
        let rest = all.filter { object in id.map { object.id > $0 } ?? true }
        return Array(rest.sorted { $0.id < $1.id }.prefix(limit))
    }

    package func probe() async -> StoreHealth {
        let used = state.withLock { $0.usedBytes }
        return StoreHealth(
            isAvailable: true, freeBytes: UInt64(capacityBytes - used), totalBytes: UInt64(capacityBytes))
    }

    /// Replaces an object's bytes behind the store's back, for tests of what happens then. False when it is
    /// not there.
    package func tamper(with id: LocationID, _ change: (inout [UInt8]) -> Void) -> Bool {
        state.withLock { state in
            guard var bytes = state.objects[id] else { return false }
            state.usedBytes -= bytes.count
            change(&bytes)
            state.usedBytes += bytes.count
            state.objects[id] = bytes
            return true
        }
    }

    private func collect(
        _ body: any ByteStream, length: UInt64?, observe: (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> [UInt8] {
        if let length, length > UInt64(capacityBytes) { throw .full }
        let buffer = ByteBuffer(capacity: Domain.Limits.transferBufferBytes)
        var bytes: [UInt8] = []
        while true {
            guard !Task.isCancelled else { throw .cancelled }
            let count: Int
            do {
                count = try await body.read(into: buffer)
            } catch {
                throw error == .cancelled ? .cancelled : .body(error)
            }
            if count == 0 { break }
            guard bytes.count + count <= capacityBytes else { throw .full }
            if let length, UInt64(bytes.count + count) > length { throw .body(.tooLarge(limit: length)) }
            observe(buffer.readable)
            bytes.append(contentsOf: buffer.readable)
            buffer.clear()
        }
        if let length, UInt64(bytes.count) < length { throw .body(.truncated) }
        return bytes
    }
}
