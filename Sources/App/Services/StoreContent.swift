import Domain
import Ports

extension Node {
    /// Makes the bytes of a body durable, or keeps them to travel with the commit when they are few. Nil for
    /// an empty body. Nothing refers to them yet. Refuses a body of which not all that is expected is so, and
    /// then keeps nothing of it. What replaces a content goes to where that is, as `Placement` decides.
    func store(
        _ body: any ByteStream, length: UInt64?, expecting expected: [Digest] = [],
        replacing existing: ContentLocation? = nil
    ) async throws(Failure) -> NewContent? {
        // SHA-256 for those who read, CRC32c because other stores know contents by it and it costs next to
        // nothing, and whatever the client sent.
        let algorithms = Set([.sha256, .crc32c] + expected.map(\.algorithm))
        let digests = BodyDigests(algorithms, by: dependencies.hash)
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
                digests.update(buffer.readable)
                let location = ContentLocation(
                    id: locationID, store: inlinePlace(replacing: existing), isInline: true)
                return try inlineContent(
                    buffer, Self.checked(digests.finish(), against: expected), id: contentID, at: location)
            }
            guard length == nil else { throw .body(.malformed) }
            head = buffer
        }

        let source = BoundedStream(head: head, rest: body, limit: dependencies.settings.bodyBytesMax)
        let (store, size) = try await place(
            source, as: locationID, length: length, replacing: existing
        ) { digests.update($0) }
        let content = NewContent(
            id: contentID, size: size, digests: digests.finish(),
            location: ContentLocation(id: locationID, store: store, isInline: false), inlineBytes: nil)
        do { _ = try Self.checked(content.digests, against: expected) } catch {
            await dropUnpublished(content, after: error)
            throw error
        }
        return content
    }

    private static func checked(
        _ digests: Digests, against expected: [Digest]
    ) throws(Failure) -> Digests {
        if let algorithm = digests.mismatch(with: expected) { throw .digestMismatch(algorithm) }
        return digests
    }

    private func inlineContent(
        _ buffer: ByteBuffer, _ digests: Digests, id: ContentID, at location: ContentLocation
    ) -> NewContent? {
        guard buffer.readableCount > 0 else { return nil }
        return NewContent(
            id: id, size: UInt64(buffer.readableCount), digests: digests, location: location,
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
    /// Whether nobody has asked for any of it yet: it can still be given to somebody else.
    private(set) var isUntouched = true

    init(head: ByteBuffer?, rest: any ByteStream, limit: UInt64?) {
        self.head = head
        self.rest = rest
        self.limit = limit
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        isUntouched = false
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
