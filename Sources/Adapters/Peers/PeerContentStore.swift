package import Domain
package import Ports

/// A content store on the disk of another node, through that node's internal interface.
///
/// It keeps the contract of content stores over any network: nothing that breaks off is taken for whole, in
/// either direction, and both sides compare checksums. It knows nothing of who is alive; whatever keeps the
/// peer from answering is `unavailable`. Nothing is retried here: only the caller knows whether a body can be
/// had again.
package final class PeerContentStore: ContentStore {
    package let id: StoreID
    private let line: PeerLine

    package init(id: StoreID, line: PeerLine) {
        self.id = id
        self.line = line
    }

    package func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream,
        observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent {
        let source = ObservedBody(body, line.hash.startDigest(.crc32c), observe)
        let answer = try await line.send(
            .put, PeerProtocol.target(of: id), to: self.id, body: .stream(source, length: length),
            within: Limits.writeDurationMax)
        answer.body.close()
        guard answer.status == 201 else { throw line.error(answer) }
        guard answer.fields.only(PeerProtocol.Field.checksum) == Base64URL.encode(source.finish()) else {
            // What arrived is not what was sent. It must not stay; should this fail, the sweep takes it.
            try? await delete(id)
            throw .unavailable
        }
        return StoredContent(size: source.count)
    }

    package func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream {
        guard let slice = ContentSlice(range, of: size) else {
            preconditionFailure("a range is within its content")
        }
        let answer = try await line.send(.get, PeerProtocol.target(of: id), to: self.id, slice: slice)
        guard answer.status == 200 else {
            answer.body.close()
            throw line.error(answer)
        }
        let count = UInt64(range.count)
        guard answer.contentLength == count + UInt64(PeerProtocol.checksumBytes) else {
            answer.body.close()
            throw .unavailable
        }
        return VerifiedBody(answer.body, count: count, line.hash.startDigest(.crc32c))
    }

    package func delete(_ id: LocationID) async throws(ContentError) {
        let answer = try await line.send(.delete, PeerProtocol.target(of: id), to: self.id)
        answer.body.close()
        guard answer.status == 204 else { throw line.error(answer) }
    }

    package func size(of id: LocationID) async throws(ContentError) -> UInt64? {
        let answer = try await line.send(.head, PeerProtocol.target(of: id), to: self.id)
        answer.body.close()
        guard answer.status == 200 else {
            let error = line.error(answer)
            if error == .notFound { return nil }
            throw error
        }
        guard let size = answer.fields.only(PeerProtocol.Field.size).flatMap({ UInt64($0) }) else {
            throw .unavailable
        }
        return size
    }

    package func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject] {
        precondition(limit > 0)
        let answer = try await line.send(.get, PeerProtocol.listTarget(after: id, limit: limit), to: self.id)
        defer { answer.body.close() }
        guard answer.status == 200 else { throw line.error(answer) }
        return try ObjectLines.parse(await line.text(of: answer, bytesMax: limit * ObjectLines.lineBytesMax))
    }

    package func probe() async -> StoreHealth {
        do throws(ContentError) {
            let answer = try await line.send(.head, PeerProtocol.contentsPath, to: id)
            answer.body.close()
            guard answer.status == 200 else { throw line.error(answer) }
            return StoreHealth(
                isAvailable: true,
                freeBytes: answer.fields.only(PeerProtocol.Field.freeBytes).flatMap { UInt64($0) },
                totalBytes: answer.fields.only(PeerProtocol.Field.totalBytes).flatMap { UInt64($0) })
        } catch {
            return StoreHealth(
                isAvailable: false, problem: "the node '\(line.receiver)' does not answer for it")
        }
    }
}

/// A page of a listing: one object a line, id and size.
private enum ObjectLines {
    /// An id, a space, a number of 64 bits and the end of the line.
    static let lineBytesMax = 32 + 1 + 20 + 1

    static func parse(_ text: String) throws(ContentError) -> [StoredObject] {
        var objects: [StoredObject] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let id = Identifier(words[0]), let size = UInt64(words[1]) else {
                throw .unavailable
            }
            objects.append(StoredObject(id: LocationID(id), size: size))
        }
        return objects
    }
}
