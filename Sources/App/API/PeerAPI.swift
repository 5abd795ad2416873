import Domain
import Ports
import Services

/// What other nodes ask of the contents that this one has: the serving side of `PeerProtocol`. It knows
/// contents and no paths, so nothing here can lead back to the node that asked.
struct PeerAPI {
    let node: Node
    let cluster: Cluster

    func respond(to request: HTTPRequest, _ rest: Substring) async throws(ErrorAnswer) -> HTTPResponse {
        let asked: PeerRequest
        do { asked = try cluster.gate.admit(request) } catch { throw Self.answer(to: error) }
        request.log.principal = asked.sender.text
        guard let store = node.contents.store(asked.store),
            node.contents.registration(of: asked.store)?.instance == node.instance
        else { throw Self.answer(to: .misdirected) }
        if rest == "/" { return try await collection(request, store) }
        guard let location = Identifier(rest.dropFirst()).map(LocationID.init) else {
            throw Self.answer(to: .malformed)
        }
        switch request.method {
        case .get: return try await read(location, asked, store)
        case .head: return try await size(of: location, store)
        case .put: return try await write(location, request, store)
        case .delete: return try await delete(location, store)
        case .post, .patch, .copy, .options, .other: throw Self.answer(to: .malformed)
        }
    }

    // MARK: One content

    private func read(
        _ location: LocationID, _ asked: PeerRequest, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        guard let slice = asked.slice else { throw Self.answer(to: .malformed) }
        let stream: any ByteStream
        do { stream = try await store.read(location, size: slice.size, range: slice.range) } catch {
            throw Self.answer(to: error)
        }
        let body = ChecksummedBody(stream, node.dependencies.hash.startDigest(.crc32c))
        let length = UInt64(slice.range.count) + UInt64(PeerProtocol.checksumBytes)
        return Self.response(200, body: .stream(body, length: length))
    }

    private func size(
        of location: LocationID, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let size: UInt64?
        do { size = try await store.size(of: location) } catch { throw Self.answer(to: error) }
        guard let size else { throw Self.answer(to: ContentError.notFound) }
        var response = Self.response(200)
        response.fields.append(PeerProtocol.Field.size, String(size))
        return response
    }

    private func write(
        _ location: LocationID, _ request: HTTPRequest, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let digest = node.dependencies.hash.startDigest(.crc32c)
        do {
            _ = try await store.write(location, length: request.contentLength, body: request.body) {
                digest.update($0)
            }
        } catch {
            throw Self.answer(to: error)
        }
        var response = Self.response(201)
        response.fields.append(PeerProtocol.Field.checksum, Base64URL.encode(digest.finish()))
        return response
    }

    private func delete(
        _ location: LocationID, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        do { try await node.deleteUnpublished(location, in: store) } catch { throw Self.answer(to: error) }
        return Self.response(204)
    }

    // MARK: The store

    private func collection(
        _ request: HTTPRequest, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        switch request.method {
        case .get: return try await list(RequestTarget(request.target).query, store)
        case .head: return try await health(of: store)
        case .post, .put, .patch, .delete, .copy, .options, .other: throw Self.answer(to: .malformed)
        }
    }

    private func list(
        _ query: Substring?, _ store: any ContentStore
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let query = try QueryParameters(query, known: ["limit", "after"])
        let limit = try query.integer("limit", in: 1...Limits.listPageMax, default: Limits.listPageDefault)
        var after: LocationID?
        if let text = query["after"] {
            after = Identifier(text).map(LocationID.init)
            guard after != nil else { throw Self.answer(to: .malformed) }
        }
        let objects: [StoredObject]
        do { objects = try await store.list(after: after, limit: limit) } catch {
            throw Self.answer(to: error)
        }
        let text = objects.map { "\($0.id) \($0.size)\n" }.joined()
        return Self.response(200, body: .bytes(Array(text.utf8)))
    }

    private func health(of store: any ContentStore) async throws(ErrorAnswer) -> HTTPResponse {
        let health = await store.probe()
        guard health.isAvailable else { throw Self.answer(to: ContentError.unavailable) }
        var response = Self.response(200)
        if let free = health.freeBytes { response.fields.append(PeerProtocol.Field.freeBytes, String(free)) }
        if let total = health.totalBytes {
            response.fields.append(PeerProtocol.Field.totalBytes, String(total))
        }
        return response
    }

    // MARK: -

    private static func response(_ status: Int, body: HTTPResponse.Body = .empty) -> HTTPResponse {
        var response = HTTPResponse(status: status, body: body)
        response.fields.append("content-type", "application/octet-stream")
        response.fields.append("cache-control", "no-store")
        return response
    }

    private static func answer(to error: ContentError) -> ErrorAnswer {
        let (status, word) = PeerProtocol.word(for: error)
        var answer = ErrorAnswer(status, "BACKEND_UNAVAILABLE", "The store says: \(word).")
        answer.fields = [(PeerProtocol.Field.problem, word)]
        if case .throttled(let wait) = error {
            answer.fields.append(("retry-after", String(max(1, wait.components.seconds))))
        }
        answer.cause = status >= 500 ? String(describing: error) : nil
        return answer
    }

    private static func answer(to refusal: PeerRefusal) -> ErrorAnswer {
        let status =
            switch refusal {
            case .misdirected: 421
            case .crowded: 503
            case .malformed, .forged, .old, .early, .late, .repeated: 401
            }
        var answer = ErrorAnswer(status, "AUTHENTICATION_FAILED", "Only nodes of this deployment may ask.")
        answer.fields = [(PeerProtocol.Field.problem, "\(refusal)")]
        return answer
    }
}

/// A content with its checksum behind it.
private final class ChecksummedBody: ByteStream {
    private let stream: any ByteStream
    private let digest: any RunningDigest
    private var trailer: BytesStream?

    init(_ stream: any ByteStream, _ digest: any RunningDigest) {
        self.stream = stream
        self.digest = digest
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let trailer { return try await trailer.read(into: buffer) }
        let count = try await stream.read(into: buffer)
        guard count == 0 else {
            let all = buffer.readable
            digest.update(UnsafeRawBufferPointer(rebasing: all[(all.count - count)...]))
            return count
        }
        let checksum = BytesStream(digest.finish())
        trailer = checksum
        return try await checksum.read(into: buffer)
    }

    func close() { stream.close() }
}
