package import Domain
package import Ports
package import S3
import Synchronization

/// An object store in memory that speaks as S3 does: signatures, conditional writes, ranges, listings and
/// uploads in parts.
package final class ObjectStoreDouble: HTTPHandler {
    private struct State {
        var objects: [String: [UInt8]] = [:]
        var uploads: [String: [Int: [UInt8]]] = [:]
        var lastUpload = 0
        /// What the next request is answered, instead of being done.
        var nextAnswer: (status: Int, code: String)?
        var trouble: Trouble?
        var keysMax: @Sendable () -> Int = { ObjectStoreDouble.keysMax }
    }

    /// A page of a listing has no more, so that a longer one takes several.
    package static let keysMax = 7

    /// Decides for each request whether it is answered with an error, and nothing is done.
    package typealias Trouble = @Sendable () -> (status: Int, code: String)?

    private let bucket: String
    private let signer: S3Signer
    private let origin: HTTPOrigin
    private let state = Mutex(State())

    package init(bucket: String, origin: HTTPOrigin, signer: S3Signer) {
        self.bucket = bucket
        self.origin = origin
        self.signer = signer
    }

    package var uploadCount: Int { state.withLock { $0.uploads.count } }
    package var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    package func put(_ key: String, _ bytes: [UInt8]) { state.withLock { $0.objects[key] = bytes } }

    package func setTrouble(_ trouble: Trouble?) { state.withLock { $0.trouble = trouble } }

    /// Decides for each page of a listing how many keys it may have, one at least.
    package func setKeysMax(_ keysMax: @escaping @Sendable () -> Int) {
        state.withLock { $0.keysMax = keysMax }
    }

    package func answerNext(_ status: Int, _ code: String) {
        state.withLock { $0.nextAnswer = (status, code) }
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let planned = state.withLock { state in
            defer { state.nextAnswer = nil }
            return state.nextAnswer ?? state.trouble?()
        }
        if let planned { return Self.error(planned.status, planned.code) }
        let parts = request.target.split(separator: "?", maxSplits: 1)
        guard let path = try? PercentEncoding.decode(String(parts[0])),
            let query = Self.query(parts.count > 1 ? parts[1] : "")
        else { return Self.error(400, "InvalidURI") }
        guard isSigned(request, path, query) else { return Self.error(403, "SignatureDoesNotMatch") }
        guard path.hasPrefix("/\(bucket)/") else { return Self.error(404, "NoSuchBucket") }
        let key = String(path.dropFirst(bucket.count + 2))
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        switch request.method {
        case .get where key.isEmpty: return list(value)
        case .get: return read(key, request.fields.only("range"))
        case .head where key.isEmpty: return HTTPResponse(status: 200)
        case .head: return head(key)
        case .delete:
            state.withLock { state in
                if let upload = value("uploadId") {
                    state.uploads[upload] = nil
                } else {
                    state.objects[key] = nil
                }
            }
            return HTTPResponse(status: 204)
        case .post where value("uploads") != nil: return begin()
        case .put, .post:
            guard let body = await Self.whole(request.body, of: request.contentLength) else {
                return Self.error(400, "IncompleteBody")
            }
            if request.method == .post { return complete(key, value("uploadId") ?? "", body) }
            return put(
                key, body, part: value("partNumber").flatMap { Int($0) }, upload: value("uploadId"),
                onlyNew: request.fields.only("if-none-match") == "*")
        default: return Self.error(405, "MethodNotAllowed")
        }
    }

    /// Signs what arrived as its sender must have.
    private func isSigned(
        _ request: HTTPRequest, _ path: String, _ query: [S3Request.QueryItem]
    ) -> Bool {
        let own: Set = ["authorization", "host", "x-amz-date", "x-amz-content-sha256"]
        var fields = HTTPFields()
        for field in request.fields.all where !own.contains(field.name) {
            fields.append(field.name, field.value)
        }
        guard let payload = request.fields.only("x-amz-content-sha256"),
            let stamp = request.fields.only("x-amz-date"), let time = Self.time(stamp)
        else { return false }
        let said: S3Signer.Payload =
            payload == "UNSIGNED-PAYLOAD" ? .unsigned : .sha256(Self.bytes(payload))
        let signed = signer.signed(
            S3Request(request.method, origin, path, query: query, fields: fields), said, at: time)
        return signed.only("authorization") == request.fields.only("authorization")
    }

    /// Nil for one that breaks off: of a part of it nothing is kept.
    private static func whole(_ body: any ByteStream, of length: UInt64?) async -> [UInt8]? {
        var bytes: [UInt8] = []
        let buffer = ByteBuffer(capacity: 65_536)
        do {
            while try await body.read(into: buffer) > 0 {
                bytes += buffer.readable
                buffer.clear()
            }
        } catch {
            return nil
        }
        return length.map { $0 == UInt64(bytes.count) } ?? true ? bytes : nil
    }

    private static func time(_ stamp: String) -> WallTime? {
        let digits = Array(stamp)
        guard digits.count == 16 else { return nil }
        func text(_ range: Range<Int>) -> String { String(digits[range]) }
        return WallTime(
            timestamp: "\(text(0..<4))-\(text(4..<6))-\(text(6..<8))T\(text(9..<11)):\(text(11..<13)):"
                + "\(text(13..<15))Z")
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16) ?? 0
        }
    }

    private static func query(_ text: Substring) -> [S3Request.QueryItem]? {
        var items: [S3Request.QueryItem] = []
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = try? PercentEncoding.decode(query: pair[0]),
                let value = try? PercentEncoding.decode(query: pair.count > 1 ? pair[1] : "")
            else { return nil }
            items.append(S3Request.QueryItem(name, value))
        }
        return items
    }

    // MARK: Verbs

    private func put(
        _ key: String, _ body: [UInt8], part: Int?, upload: String?, onlyNew: Bool
    ) -> HTTPResponse {
        state.withLock { state in
            var response = HTTPResponse(status: 200)
            response.fields.append("etag", "\"\(body.count)\"")
            if let part, let upload {
                guard state.uploads[upload] != nil else { return Self.error(404, "NoSuchUpload") }
                state.uploads[upload]?[part] = body
                return response
            }
            guard !onlyNew || state.objects[key] == nil else { return Self.error(412, "PreconditionFailed") }
            state.objects[key] = body
            return response
        }
    }

    private func begin() -> HTTPResponse {
        let number = state.withLock { state in
            state.lastUpload += 1
            state.uploads["upload-\(state.lastUpload)&"] = [:]
            return state.lastUpload
        }
        return Self.document(
            "<InitiateMultipartUploadResult xmlns=\"x\"><UploadId>upload-\(number)&amp;</UploadId>"
                + "</InitiateMultipartUploadResult>")
    }

    private func complete(_ key: String, _ upload: String, _ body: [UInt8]) -> HTTPResponse {
        state.withLock { state in
            guard let parts = state.uploads[upload] else { return Self.error(404, "NoSuchUpload") }
            let listed = String(decoding: body, as: UTF8.self).split(separator: "<PartNumber>").count - 1
            guard listed == parts.count else { return Self.error(400, "InvalidPart") }
            // As S3 may: the answer had begun.
            guard state.objects[key] == nil else {
                return Self.document("<Error><Code>PreconditionFailed</Code></Error>")
            }
            state.objects[key] = parts.sorted { $0.key < $1.key }.flatMap(\.value)
            state.uploads[upload] = nil
            return Self.document("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
        }
    }

    private func read(_ key: String, _ range: String?) -> HTTPResponse {
        guard let bytes = state.withLock({ $0.objects[key] }) else { return Self.error(404, "NoSuchKey") }
        guard let range else { return HTTPResponse(status: 200, body: .bytes(bytes)) }
        guard case .ranges(let ranges) = RangeSelection(field: range, size: UInt64(bytes.count)),
            let first = ranges.first
        else { return Self.error(416, "InvalidRange") }
        var response = HTTPResponse(
            status: 206, body: .slice(bytes, Int(first.lowerBound)..<Int(first.upperBound)))
        response.fields.append(
            "content-range", "bytes \(first.lowerBound)-\(first.upperBound - 1)/\(bytes.count)")
        return response
    }

    private func head(_ key: String) -> HTTPResponse {
        guard let bytes = state.withLock({ $0.objects[key] }) else { return HTTPResponse(status: 404) }
        var response = HTTPResponse(status: 200)
        response.announcedLength = UInt64(bytes.count)
        return response
    }

    private func list(_ value: (String) -> String?) -> HTTPResponse {
        let prefix = value("prefix") ?? ""
        let after = value("start-after") ?? ""
        let (all, keysMax) = state.withLock { ($0.objects.mapValues(\.count), $0.keysMax) }
        let limit = min(value("max-keys").flatMap { Int($0) } ?? 1_000, keysMax())
        let rest = all.filter { $0.key.hasPrefix(prefix) && $0.key > after }.sorted { $0.key < $1.key }
        let entries = rest.prefix(limit).map {
            "<Contents><Key>\($0.key)</Key><Size>\($0.value)</Size></Contents>"
        }
        return Self.document(
            "<ListBucketResult><IsTruncated>\(rest.count > limit)</IsTruncated>\(entries.joined())"
                + "</ListBucketResult>")
    }

    private static func document(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, body: .bytes(Array("<?xml version=\"1.0\"?>\n\(text)".utf8)))
    }

    private static func error(_ status: Int, _ code: String) -> HTTPResponse {
        document("<Error><Code>\(code)</Code></Error>", status: status)
    }

    // MARK: HTTPHandler

    package func respond(
        toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool
    ) -> HTTPResponse { HTTPResponse(status: refusal.status) }

    package func finished(
        _ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome
    ) {}
}
