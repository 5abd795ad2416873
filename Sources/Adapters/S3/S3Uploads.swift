import Domain
import Ports

/// Brings a body into an object: in one request while it is small, else in parts.
struct S3Uploads: Sendable {
    let bucket: S3Bucket
    let partBytes: Int
    let hash: any KeyedHash

    /// The most parts that one object may have.
    private static let partsMax: UInt64 = 10_000

    /// Returns the size. A body that fails leaves nothing that could be read.
    func store(_ key: String, _ body: ObservedUpload, length: UInt64?) async throws(ContentError) -> UInt64 {
        if let length, length <= UInt64(partBytes) {
            let answer = try await bucket.send(
                .put, key, fields: [Self.onlyNew], body: .stream(body, length: length), payload: .unsigned)
            guard answer.status == 200 else { throw await bucket.error(answer) }
            answer.body.close()
            return length
        }
        if let length { return try await storeParts(key, body, length: length) }
        return try await storeOfUnknownLength(key, body)
    }

    private static let onlyNew = (name: "if-none-match", value: "*")

    // MARK: Known length

    /// Each part is streamed, larger ones where more than `partsMax` would be needed.
    private func storeParts(
        _ key: String, _ body: ObservedUpload, length: UInt64
    ) async throws(ContentError) -> UInt64 {
        let part = max(UInt64(partBytes), (length + Self.partsMax - 1) / Self.partsMax)
        return try await multipart(key) { upload throws(ContentError) in
            var sent: UInt64 = 0
            while sent < length {
                let count = min(part, length - sent)
                try await upload.add(.stream(PartOfBody(body, count: count), length: count), .unsigned)
                sent += count
            }
            guard try await body.hasEnded() else { throw .body(.tooLarge(limit: length)) }
            return length
        }
    }

    // MARK: Unknown length

    /// One part is in memory at a time.
    private func storeOfUnknownLength(
        _ key: String, _ body: ObservedUpload
    ) async throws(ContentError) -> UInt64 {
        let first = try await body.take(partBytes)
        if first.count < partBytes {
            let answer = try await bucket.send(
                .put, key, fields: [Self.onlyNew], body: .bytes(first), payload: payload(first))
            guard answer.status == 200 else { throw await bucket.error(answer) }
            answer.body.close()
            return UInt64(first.count)
        }
        return try await multipart(key) { upload throws(ContentError) in
            var part = first
            var sent: UInt64 = 0
            while !part.isEmpty {
                try await upload.add(.bytes(part), payload(part))
                sent += UInt64(part.count)
                part = part.count < partBytes ? [] : try await body.take(partBytes)
            }
            return sent
        }
    }

    private func payload(_ bytes: [UInt8]) -> S3Signer.Payload {
        .sha256(bytes.withUnsafeBytes { hash.sha256($0) })
    }

    // MARK: Parts

    private func multipart(
        _ key: String, _ addParts: (MultipartUpload) async throws(ContentError) -> UInt64
    ) async throws(ContentError) -> UInt64 {
        let started = try await bucket.send(.post, key, query: [S3Request.QueryItem("uploads")])
        guard started.status == 200 else { throw await bucket.error(started) }
        guard let number = try await bucket.document(of: started).first("UploadId") else {
            throw .unavailable
        }
        let upload = MultipartUpload(bucket: bucket, key: key, number: number)
        do throws(ContentError) {
            let size = try await addParts(upload)
            try await complete(upload)
            return size
        } catch {
            await upload.giveUp()
            throw error
        }
    }

    /// The answer may be 200 and an error all the same: it begins before the work is done
    /// ("CompleteMultipartUpload", Amazon S3 API Reference).
    private func complete(_ upload: MultipartUpload) async throws(ContentError) {
        let list = upload.tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        let text = "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>"
        let bytes = Array(text.utf8)
        let answer = try await bucket.send(
            .post, upload.key, query: [S3Request.QueryItem("uploadId", upload.number)],
            fields: [Self.onlyNew], body: .bytes(bytes), payload: payload(bytes))
        guard answer.status == 200 else { throw await bucket.error(answer) }
        let document = try await bucket.document(of: answer)
        if document.all("Error").isEmpty, !document.all("CompleteMultipartUploadResult").isEmpty { return }
        throw S3Bucket.error(
            document.first("Code") == "PreconditionFailed" ? 412 : 500, document.first("Code") ?? "",
            retryAfter: .seconds(1))
    }
}

/// An upload in parts while it goes on. Confined to its task.
private final class MultipartUpload {
    let bucket: S3Bucket
    let key: String
    let number: String
    /// What the store called each part, as text of XML.
    private(set) var tags: [String] = []

    init(bucket: S3Bucket, key: String, number: String) {
        self.bucket = bucket
        self.key = key
        self.number = number
    }

    func add(_ body: HTTPClientRequest.Body, _ payload: S3Signer.Payload) async throws(ContentError) {
        let answer = try await bucket.send(
            .put, key,
            query: [
                S3Request.QueryItem("partNumber", String(tags.count + 1)),
                S3Request.QueryItem("uploadId", number),
            ],
            body: body, payload: payload)
        guard answer.status == 200 else { throw await bucket.error(answer) }
        answer.body.close()
        guard let tag = answer.fields.only("etag") else { throw .unavailable }
        let quoted = tag.filter { $0 != "<" && $0 != "&" && $0 != ">" && $0 != "\"" }
        tags.append("&quot;\(quoted)&quot;")
    }

    /// Nothing can be done about a failure: a lifecycle rule of the bucket takes what is left.
    func giveUp() async {
        let answer = try? await bucket.send(.delete, key, query: [S3Request.QueryItem("uploadId", number)])
        answer?.body.close()
    }
}
