package import Domain
package import Ports

/// Contents in a bucket of S3 or of something that speaks like it, which all nodes reach alike.
///
/// An object is written once: every upload is conditional on nothing being there (`If-None-Match: *`). Small
/// contents go in one request, others in parts, so that memory is bounded whatever their size; the parts
/// of an upload that failed are given up, and those that nobody could give up are for a lifecycle rule of
/// the bucket. Nothing is retried here. A store that has accepted an object has it on stable storage.
package final class S3ContentStore: ContentStore {
    package let id: StoreID
    private let bucket: S3Bucket
    private let uploads: S3Uploads
    private let prefix: String

    /// Keys begin with `prefix`, which ends in a slash or is empty, and the deployment. Parts have
    /// `partBytes`: AWS takes no less than 5 MiB, and 10,000 of them.
    package init(
        id: StoreID, in bucket: S3Bucket, prefix: String, deployment: DeploymentID,
        partBytes: Int = S3ContentStore.partBytesDefault, hash: any KeyedHash
    ) {
        self.id = id
        self.bucket = bucket
        self.prefix = "\(prefix)\(deployment)/"
        uploads = S3Uploads(bucket: bucket, partBytes: partBytes, hash: hash)
    }

    /// Ten thousand of them are 80 GiB; larger contents of known length have larger parts.
    package static let partBytesDefault = 8 * 1024 * 1024

    private func key(_ id: LocationID) -> String { "\(prefix)\(id)" }

    package func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream,
        observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent {
        if Task.isCancelled { throw .cancelled }
        let size = try await uploads.store(key(id), ObservedUpload(body, observe), length: length)
        return StoredContent(size: size)
    }

    package func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream {
        precondition(range.upperBound <= size)
        if range.isEmpty {
            guard let stored = try await self.size(of: id) else { throw .notFound }
            guard stored == size else { throw .corrupt }
            return BytesStream([])
        }
        let isWhole = range.count == size
        let wanted = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        let answer = try await bucket.send(.get, key(id), fields: isWhole ? [] : [("range", wanted)])
        guard answer.status == (isWhole ? 200 : 206) else {
            guard answer.status == 200 else { throw await bucket.error(answer) }
            answer.body.close()
            // It does not know ranges, or there is something between.
            throw .unavailable
        }
        let total = isWhole ? answer.contentLength : Self.total(answer.fields.only("content-range"))
        guard total == size else {
            answer.body.close()
            throw .corrupt
        }
        return ExactBody(answer.body, count: UInt64(range.count))
    }

    package func delete(_ id: LocationID) async throws(ContentError) {
        let answer = try await bucket.send(.delete, key(id))
        guard [200, 204, 404].contains(answer.status) else { throw await bucket.error(answer) }
        answer.body.close()
    }

    package func size(of id: LocationID) async throws(ContentError) -> UInt64? {
        let answer = try await bucket.send(.head, key(id))
        answer.body.close()
        if answer.status == 404 { return nil }
        guard answer.status == 200 else {
            throw S3Bucket.error(answer.status, "", retryAfter: .seconds(1))
        }
        guard let size = answer.contentLength else { throw .unavailable }
        return size
    }

    package func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject] {
        precondition(limit > 0)
        var objects: [StoredObject] = []
        var last = id.map(key(_:))
        while objects.count < limit {
            var query = [
                S3Request.QueryItem("list-type", "2"), S3Request.QueryItem("prefix", prefix),
                S3Request.QueryItem("max-keys", String(min(limit - objects.count, 1_000))),
            ]
            if let last { query.append(S3Request.QueryItem("start-after", last)) }
            let answer = try await bucket.send(.get, "", query: query)
            guard answer.status == 200 else { throw await bucket.error(answer) }
            let page = try await bucket.document(of: answer)
            for entry in page.all("Contents") {
                guard let key = entry.first("Key"), let size = entry.first("Size").flatMap({ UInt64($0) })
                else { throw .unavailable }
                last = key
                // What is not named by an id is not ours.
                guard key.hasPrefix(prefix), let name = Identifier(key.dropFirst(prefix.count)) else {
                    continue
                }
                objects.append(StoredObject(id: LocationID(name), size: size))
            }
            guard page.first("IsTruncated") == "true" else { break }
        }
        return objects
    }

    package func probe() async -> StoreHealth {
        do throws(ContentError) {
            let answer = try await bucket.send(.head, "")
            answer.body.close()
            guard answer.status == 200 else {
                return StoreHealth(
                    isAvailable: false, problem: "the bucket cannot be used: status \(answer.status)")
            }
            return StoreHealth(isAvailable: true)
        } catch {
            return StoreHealth(isAvailable: false, problem: "the object store does not answer")
        }
    }

    /// Of `bytes 0-9/20`.
    private static func total(_ range: String?) -> UInt64? {
        range?.split(separator: "/").last.flatMap { UInt64($0) }
    }
}
