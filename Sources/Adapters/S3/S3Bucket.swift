package import Domain
package import Ports

/// The way to one bucket: where it is, who asks, and how requests get there.
package struct S3Bucket: Sendable {
    package enum Style: Sendable {
        /// `https://bucket.host/key`, as AWS wants it.
        case virtualHost
        /// `https://host/bucket/key`, as most others do.
        case path
    }

    private let origin: HTTPOrigin
    private let root: String
    private let signer: S3Signer
    private let transport: any HTTPTransport
    private let time: any TimeSource
    private let patience: HTTPPatience

    /// Nil when the bucket's name cannot be part of a host.
    package init?(
        _ name: String, at endpoint: HTTPOrigin, style: Style, signer: S3Signer,
        transport: any HTTPTransport, time: any TimeSource, patience: HTTPPatience
    ) {
        switch style {
        case .path:
            origin = endpoint
            root = "/" + name
        case .virtualHost:
            guard
                let host = HTTPOrigin(
                    isSecure: endpoint.isSecure, host: "\(name).\(endpoint.host)", port: endpoint.port)
            else { return nil }
            origin = host
            root = ""
        }
        self.signer = signer
        self.transport = transport
        self.time = time
        self.patience = patience
    }

    /// Sends one request about an object, or about the bucket when `key` is empty.
    func send(
        _ method: HTTPMethod, _ key: String, query: [S3Request.QueryItem] = [],
        fields: [(name: String, value: String)] = [], body: HTTPClientRequest.Body = .none,
        payload: S3Signer.Payload = .sha256(S3Signer.Payload.emptySHA256)
    ) async throws(ContentError) -> HTTPClientResponse {
        var all = HTTPFields()
        for field in fields { all.append(field.name, field.value) }
        let request = S3Request(method, origin, "\(root)/\(key)", query: query, fields: all)
        do {
            return try await transport.send(
                HTTPClientRequest(
                    method: method, origin: origin, target: request.target,
                    fields: signer.signed(request, payload, at: time.wallNow()), body: body,
                    patience: patience))
        } catch {
            switch error {
            case .cancelled, .body(.cancelled): throw .cancelled
            case .body(let failure): throw .body(failure)
            case .unreachable, .untrusted, .timedOut, .brokenOff, .malformed: throw .unavailable
            }
        }
    }

    /// A document that came as an answer, whole.
    func document(of answer: HTTPClientResponse) async throws(ContentError) -> XMLDocument {
        defer { answer.body.close() }
        let buffer = ByteBuffer(capacity: Self.documentBytesMax)
        do {
            while buffer.writableCount > 0, try await answer.body.read(into: buffer) > 0 {}
        } catch {
            throw error == .cancelled ? .cancelled : .unavailable
        }
        guard buffer.writableCount > 0 else { throw .unavailable }
        return XMLDocument(String(decoding: buffer.readable, as: UTF8.self))
    }

    /// What an answer means that is not the one hoped for. Reads what it says of itself.
    func error(_ answer: HTTPClientResponse) async -> ContentError {
        let wait = answer.fields.only("retry-after").flatMap { Int64($0) } ?? 1
        let code: String
        do { code = try await document(of: answer).first("Code") ?? "" } catch {
            if error == .cancelled { return .cancelled }
            code = ""
        }
        return Self.error(answer.status, code, retryAfter: .seconds(min(max(wait, 1), 60)))
    }

    /// By status, and by the code where that says more ("Error responses", Amazon S3 API Reference).
    static func error(_ status: Int, _ code: String, retryAfter: Duration) -> ContentError {
        switch (status, code) {
        case (_, "NoSuchBucket"): .refused("there is no such bucket")
        case (404, _): .notFound
        case (_, "QuotaExceeded"), (_, "XMinioStorageFull"), (507, _): .full
        case (429, _), (503, _): .throttled(retryAfter: retryAfter)
        // The last two: a body that did not come to its end in time is no fault of the request.
        case (500..., _), (408, _), (_, "RequestTimeout"), (_, "IncompleteBody"): .unavailable
        case (412, _), (409, _): .refused("the object is there already")
        case (416, _): .corrupt
        default: .refused("the object store answers \(status) \(PrintableText.quoted(code))")
        }
    }

    /// A page of a listing has a thousand objects, whose keys have a kilobyte at most.
    private static let documentBytesMax = 4 * 1024 * 1024
}
