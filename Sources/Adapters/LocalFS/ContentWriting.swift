package import Domain
package import Ports

extension LocalContentStore {
    package func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream, observe: (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent {
        let temporary = StoreLayout.temporary(id)
        // The name also keeps a second writer of the same id away.
        let file = try await store { () throws(DiskError) in try await disk.create(temporary) }
        let size: UInt64
        do throws(ContentError) {
            size = try await fill(file, length: length, from: body, observe: observe)
            try await store { () throws(DiskError) in try await file.sync() }
            file.close()
        } catch {
            // Closed first: so it is the removal, which waits for the disk off the loop, that gives the room
            // back.
            file.close()
            await discard(temporary)
            throw error
        }
        try await publish(id, from: temporary)
        return StoredContent(size: size)
    }

    /// Moves the body into the file, one buffer at a time.
    private func fill(
        _ file: any DiskFile, length: UInt64?, from body: any ByteStream,
        observe: (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> UInt64 {
        if let length, length >= Limits.preallocatedBytesMin {
            try await store { () throws(DiskError) in try await file.preallocate(length) }
        }
        let buffer = buffers.take()
        defer { buffers.giveBack(buffer) }
        var size: UInt64 = 0
        var isAtEnd = false
        while !isAtEnd {
            isAtEnd = try await !fill(buffer, from: body, after: size, of: length)
            guard buffer.readableCount > 0 else { break }
            observe(buffer.readable)
            try await store { () throws(DiskError) in try await file.write(buffer, at: size) }
            size += UInt64(buffer.readableCount)
            buffer.clear()
        }
        if let length, size < length { throw .body(.truncated) }
        return size
    }

    /// Fills the buffer; false when the body has ended. Throws when it has more than the `length` announced,
    /// of which `size` came before.
    private func fill(
        _ buffer: ByteBuffer, from body: any ByteStream, after size: UInt64, of length: UInt64?
    ) async throws(ContentError) -> Bool {
        do throws(ByteStreamError) {
            while buffer.writableCount > 0 {
                if try await body.read(into: buffer) == 0 { return false }
                if let length, size + UInt64(buffer.readableCount) > length {
                    throw .tooLarge(limit: length)
                }
            }
            return true
        } catch {
            throw error == .cancelled ? .cancelled : .body(error)
        }
    }

    /// Gives a synced file its name and makes the name durable.
    private func publish(_ id: LocationID, from temporary: String) async throws(ContentError) {
        let object = StoreLayout.object(id)
        let directory = shards[StoreLayout.shard(of: id)]
        let ticket = directory.ticket()
        do throws(DiskError) {
            try await disk.rename(temporary, to: object)
        } catch {
            // Only the temporary name is certainly this writer's: the other may be of an object that was
            // there.
            await discard(temporary)
            throw writeFailure(error)
        }
        do throws(DiskError) {
            try await directory.sync(since: ticket)
        } catch {
            await discard(object)
            throw writeFailure(error)
        }
    }

    private func store<Value>(
        _ work: () async throws(DiskError) -> Value
    ) async throws(ContentError) -> Value {
        do throws(DiskError) {
            return try await work()
        } catch {
            throw writeFailure(error)
        }
    }

    /// A missing directory is no missing object: the disk below the store is gone or broken.
    private func writeFailure(_ error: DiskError) -> ContentError {
        report(error, during: "a write")
        return switch error {
        case .notFound: .unavailable
        case .refused: .refused("something in the store's directories is not what it should be")
        case .exists, .full, .locked, .notPermitted, .failed, .cancelled: Self.meaning(of: error)
        }
    }
}
