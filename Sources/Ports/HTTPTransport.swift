package import Domain

/// Carries requests to other servers, whatever version of HTTP that takes: to peers, to object stores, to
/// other deployments. What is signed, sent and understood is the caller's.
///
/// A transfer is bounded by its progress and not by its length: `patience` says for how long nothing may
/// move. Nothing is sent twice, no redirect is followed, no cookie is kept, no coding is added or taken away.
/// Every call, reads of an answer's body included, returns promptly once its task is cancelled.
package protocol HTTPTransport: Sendable {
    /// Sends one request and returns when the head of its answer is there; the body is pulled by the caller.
    ///
    /// An answer may come before the request's body was taken whole (a refusal); then the rest of it is not
    /// sent. When this throws, the request's body is not read any more.
    func send(_ request: HTTPClientRequest) async throws(HTTPTransportError) -> HTTPClientResponse
}

/// A request to another server. Confined to the task that sends it, as its body is.
package struct HTTPClientRequest {
    package enum Body {
        case none
        case bytes([UInt8])
        /// Pulled as the other side takes it; chunked (or of unknown length) when `length` is nil. A stream
        /// that delivers more or less than `length` breaks the request off, so that the other side never
        /// takes a part for the whole.
        case stream(any ByteStream, length: UInt64?)
    }

    package var method: HTTPMethod
    package var origin: HTTPOrigin
    /// The request target in origin form, percent-encoded: path and optional query.
    package var target: String
    /// Without those that frame the message (`content-length`, `transfer-encoding`, `connection`), which the
    /// transport writes. `host` is the origin's authority unless it is given here.
    package var fields: HTTPFields
    package var body: Body
    package var patience: HTTPPatience

    package init(
        method: HTTPMethod, origin: HTTPOrigin, target: String, fields: HTTPFields = HTTPFields(),
        body: Body = .none, patience: HTTPPatience
    ) {
        precondition(target.hasPrefix("/"))
        self.method = method
        self.origin = origin
        self.target = target
        self.fields = fields
        self.body = body
        self.patience = patience
    }
}

/// For how long nothing may happen before a request is given up.
package struct HTTPPatience: Sendable, Equatable {
    /// Until there is a connection.
    package var connect: Duration
    /// From the last byte of the request to the first of the answer.
    package var answer: Duration
    /// Between two bytes of a body, in either direction.
    package var idle: Duration

    package init(connect: Duration, answer: Duration, idle: Duration) {
        precondition(connect > .zero && answer > .zero && idle > .zero)
        self.connect = connect
        self.answer = answer
        self.idle = idle
    }
}

/// The answer of another server. Confined to the task that asked.
package struct HTTPClientResponse {
    package var status: Int
    /// Names in lower case.
    package var fields: HTTPFields
    /// What `Content-Length` says, of the answer to HEAD too; nil when it does not.
    package var contentLength: UInt64?
    /// The body; it ends at once where there is none. Throws `truncated` when the connection ends before the
    /// body does, and `timedOut` when nothing comes. Closed, it gives the connection up or back.
    package var body: any ByteStream

    package init(status: Int, fields: HTTPFields, contentLength: UInt64?, body: any ByteStream) {
        self.status = status
        self.fields = fields
        self.contentLength = contentLength
        self.body = body
    }
}

/// Whether the other side can have acted on a request that got no answer.
package enum HTTPDelivery: Sendable, Equatable {
    /// Certainly not: nothing of it was sent.
    case notSent
    /// It may have, now or later, even after this was told.
    case maybeSent
}

/// Why there is no answer.
package enum HTTPTransportError: Error, Equatable, Sendable {
    /// There is no way to the server: no such host, nobody listens, no route. Nothing was sent.
    case unreachable
    /// The server is not who it should be: its certificate does not verify. Nothing was sent.
    case untrusted
    /// Nothing happened for longer than `patience` allows.
    case timedOut(HTTPDelivery)
    /// The connection ended before the answer came.
    case brokenOff(HTTPDelivery)
    /// What came is not HTTP. The request may have been carried out.
    case malformed
    /// The request's own body failed, or was not as long as announced; the other side saw it break off.
    case body(ByteStreamError)
    /// The caller was cancelled; the request may have been sent.
    case cancelled

    package var delivery: HTTPDelivery {
        switch self {
        case .unreachable, .untrusted: .notSent
        case .timedOut(let delivery), .brokenOff(let delivery): delivery
        case .malformed, .body, .cancelled: .maybeSent
        }
    }
}
