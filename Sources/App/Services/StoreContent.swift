import Domain
import Ports

extension Node {
    /// Makes the bytes of a body durable, or keeps them to travel with the commit when they are few. Nil for
    /// an empty body. Nothing refers to them yet.
    func store(_ body: any ByteStream, length: UInt64?) async throws(Failure) -> NewContent? {
        let inlineMax = dependencies.settings.inlineBytesMax
        let entropy = dependencies.entropy
        let now = dependencies.time.wallNow()
        let contentID = ContentID(entropy.identifier(at: now))
        let locationID = LocationID(entropy.identifier(at: now))

        var head: ByteBuffer?
        if length.map({ $0 <= UInt64(inlineMax) }) ?? (inlineMax > 0) {
            let capacity = length.map { Int($0) } ?? inlineMax
            let buffer = ByteBuffer(capacity: capacity + 1)
            if try await fill(buffer, from: body, upTo: capacity + 1) <= capacity {
                if let length, UInt64(buffer.readableCount) != length { throw .body(.truncated) }
                return inlineContent(buffer, id: contentID, location: locationID)
            }
            guard length == nil else { throw .body(.malformed) }
            head = buffer
        }

        let target = dependencies.contents.defaultStore
        guard let store = contents.store(target) else { throw .backendUnavailable }
        let source = BoundedStream(head: head, rest: body, limit: dependencies.settings.bodyBytesMax)
        let digest = dependencies.hash.startSHA256()
        do {
            let stored = try await store.write(locationID, length: length, body: source) { digest.update($0) }
            return NewContent(
                id: contentID, size: stored.size, sha256: digest.finish(),
                location: ContentLocation(id: locationID, store: target, isInline: false), inlineBytes: nil)
        } catch {
            throw Failure(error)
        }
    }

    private func inlineContent(_ buffer: ByteBuffer, id: ContentID, location: LocationID) -> NewContent? {
        guard buffer.readableCount > 0 else { return nil }
        return NewContent(
            id: id, size: UInt64(buffer.readableCount), sha256: dependencies.hash.sha256(buffer.readable),
            location: ContentLocation(
                id: location, store: dependencies.contents.defaultStore, isInline: true),
            inlineBytes: [UInt8](buffer.readable))
    }

    /// Reads until the buffer holds `count` bytes or the body ends; returns how many it holds.
    private func fill(
        _ buffer: ByteBuffer, from body: any ByteStream, upTo count: Int
    ) async throws(Failure) -> Int {
        do {
            while buffer.readableCount < count {
                if try await body.read(into: buffer) == 0 { break }
            }
            return buffer.readableCount
        } catch {
            throw Failure(ContentError.body(error))
        }
    }
}

/// A body whose first bytes were read already, with a bound on its length.
final class BoundedStream: ByteStream {
    private let head: ByteBuffer?
    private let rest: any ByteStream
    private let limit: UInt64?
    private var total: UInt64 = 0

    init(head: ByteBuffer?, rest: any ByteStream, limit: UInt64?) {
        self.head = head
        self.rest = rest
        self.limit = limit
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count: Int
        if let head, head.readableCount > 0 {
            count = buffer.append(head.readable)
            head.didRead(count)
        } else {
            count = try await rest.read(into: buffer)
        }
        total += UInt64(count)
        if let limit, total > limit { throw .tooLarge(limit: limit) }
        return count
    }

    func close() { rest.close() }
}
