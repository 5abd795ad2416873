package import Domain

/// The method of a request. Methods are case-sensitive tokens (RFC 9110 section 9.1).
package enum HTTPMethod: Hashable, Sendable {
    case get, head, post, put, patch, delete, copy, options
    /// Any other valid token; answered with 405 or 501.
    case other(String)

    package init(token: String) {
        switch token {
        case "GET": self = .get
        case "HEAD": self = .head
        case "POST": self = .post
        case "PUT": self = .put
        case "PATCH": self = .patch
        case "DELETE": self = .delete
        case "COPY": self = .copy
        case "OPTIONS": self = .options
        default: self = .other(token)
        }
    }

    package var token: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .copy: "COPY"
        case .options: "OPTIONS"
        case .other(let token): token
        }
    }
}

/// Header fields in the order they came. Names are kept in lower case, which is how HTTP/2 sends them and how
/// HTTP/1.1 compares them (RFC 9110 section 5.1).
package struct HTTPFields: Sendable {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// The fields that were appended one by one.
    package private(set) var all: [Field] = []
    /// The fields that were appended as blocks; they come after the others.
    package private(set) var blocks: [HTTPFieldBlock] = []

    package init() {}

    /// Adds a field, keeping others of the same name. `name` is in lower case already.
    package mutating func append(_ name: String, _ value: String) {
        all.append(Field(name: name, value: value))
    }

    /// Adds all fields of a block at once.
    package mutating func append(_ block: HTTPFieldBlock) { blocks.append(block) }

    /// The value of the only field of this name; nil when there is none or more than one.
    package func only(_ name: String) -> String? {
        var found: String?
        for field in all where field.name == name {
            if found != nil { return nil }
            found = field.value
        }
        for block in blocks {
            for field in block.fields where field.name == name {
                if found != nil { return nil }
                found = field.value
            }
        }
        return found
    }

    /// The first value of this name.
    package func first(_ name: String) -> String? {
        for field in all where field.name == name { return field.value }
        for block in blocks {
            for field in block.fields where field.name == name { return field.value }
        }
        return nil
    }

    /// All values of a list-valued field, joined as RFC 9110 section 5.3 allows; nil when there is none.
    package func joined(_ name: String) -> String? {
        var values: String?
        for field in all where field.name == name {
            values = values.map { $0 + ", " + field.value } ?? field.value
        }
        return values
    }

    package func count(_ name: String) -> Int {
        all.reduce(0) { $0 + ($1.name == name ? 1 : 0) }
    }

    /// Changes the value of each field of this name that was appended by itself.
    package mutating func update(_ name: String, _ change: (String) -> String) {
        for index in all.indices where all[index].name == name {
            all[index] = Field(name: name, value: change(all[index].value))
        }
    }

    package mutating func reserveCapacity(_ count: Int) { all.reserveCapacity(count) }
}

/// Fields that many answers have alike, with their HTTP/1.1 form made once: copying bytes costs a fraction of
/// copying texts.
package final class HTTPFieldBlock: Sendable {
    package let fields: [HTTPFields.Field]
    /// Each field as CR LF, name, colon, space and value; none that frames a message.
    package let http1: [UInt8]

    package init(_ fields: HTTPFields) {
        precondition(fields.blocks.isEmpty)
        self.fields = fields.all
        var bytes: [UInt8] = []
        for field in fields.all {
            bytes += "\r\n".utf8
            bytes += field.name.utf8
            bytes += ": ".utf8
            // No value can end the field that it stands in.
            bytes += field.value.utf8.map { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F ? 0x20 : $0 }
        }
        http1 = bytes
    }
}

/// A request as the API sees it, whatever version of HTTP carried it.
///
/// Confined to the task that handles it.
package final class HTTPRequest {
    package let method: HTTPMethod
    /// The request target in origin form, still percent-encoded: path and optional query. `*` only for
    /// OPTIONS.
    package let target: String
    package let fields: HTTPFields
    /// The announced length of the body; 0 when there is none; nil when it is chunked.
    package let contentLength: UInt64?
    /// The body. The first read answers `Expect: 100-continue`, so refusing without reading spares the
    /// upload.
    package let body: any ByteStream
    /// The address of the peer, for logs and limits.
    package let remoteAddress: String
    package let isSecure: Bool
    package let version: HTTPVersion
    /// What the API keeps from one request of a connection to the next.
    package let connection: HTTPConnectionNotes
    private let countedBody: CountedBody?

    /// What the API learnt about this request, for logs and metrics.
    package var log = RequestLogFields()
    /// What else the API does when the answer was sent or given up; called by its `finished`.
    package var whenFinished: ((_ status: Int, HTTPExchangeOutcome) -> Void)?

    package init(
        method: HTTPMethod, target: String, fields: HTTPFields, contentLength: UInt64?, body: any ByteStream,
        remoteAddress: String, isSecure: Bool, version: HTTPVersion = .http11,
        connection: HTTPConnectionNotes = HTTPConnectionNotes()
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.contentLength = contentLength
        countedBody = contentLength == 0 ? nil : CountedBody(body)
        self.body = countedBody ?? body
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
        self.version = version
        self.connection = connection
    }

    /// How much of the body was read so far.
    package var bodyBytesReceived: UInt64 { countedBody?.byteCount ?? 0 }
}

/// What the API keeps with a connection, so that it need not find it out for each request. Confined to the
/// connection's loop.
package final class HTTPConnectionNotes {
    package var identity: (any HTTPConnectionNote)?

    package init() {}
}

/// One thing that the API keeps with a connection.
package protocol HTTPConnectionNote: AnyObject {}

/// The version of HTTP that carried a request, as logs write it.
package enum HTTPVersion: String, Sendable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"
    case http2 = "HTTP/2"
}

/// A body that counts what its reader took.
private final class CountedBody: ByteStream {
    private let body: any ByteStream
    private(set) var byteCount: UInt64 = 0

    init(_ body: any ByteStream) { self.body = body }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = try await body.read(into: buffer)
        byteCount += UInt64(count)
        return count
    }

    func close() { body.close() }
}

/// What logs and metrics say of a request beyond what HTTP says.
package struct RequestLogFields: Sendable {
    package var requestID = ""
    /// Whether the access log wants a line of it.
    package var isWanted = true
    /// The route's template, never the path.
    package var route = "unmatched"
    /// The name of the principal; never a key.
    package var principal = "-"
    package var startedAt = MonotonicInstant(nanoseconds: 0)
    /// The place of the route in the table of routes; nil when there is none.
    package var routePlace: Int?
    package var trace = TraceContext(high: 0, low: 0)
    /// What the request does to files, if anything.
    package var action: FileAction?
    /// The path that it does it to, where the target does not say.
    package var path: String?
    /// Where something is moved or copied to.
    package var destination: String?

    package init() {}
}

/// An answer, before any version of HTTP has framed it.
package struct HTTPResponse {
    package enum Body {
        case empty
        case bytes([UInt8])
        /// A part of bytes that are held elsewhere (a cache), so that a range needs no copy.
        case slice([UInt8], Range<Int>)
        /// A body pulled from a stream; framed by `length`, chunked when it is nil.
        case stream(any ByteStream, length: UInt64?)
    }

    package var status: Int
    package var fields: HTTPFields
    package var body: Body
    /// What `Content-Length` says when `body` does not: an answer to HEAD.
    package var announcedLength: UInt64?
    /// The server wrote the body itself and nothing in it is secret: it may be compressed.
    package var mayBeCoded = false
    /// Another `Accept` may get another answer.
    package var variesByAccept = false
    /// Ask the connection to end after this answer.
    package var closesConnection = false

    package init(status: Int, fields: HTTPFields = HTTPFields(), body: Body = .empty) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// A request that never became one: what the parser or a limit of the connection refused.
package struct HTTPRefusal: Error, Equatable, Sendable {
    package let status: Int
    /// A sentence for the client that says what was wrong.
    package let reason: String

    package init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }
}

/// How an exchange ended, for logs and metrics.
package enum HTTPExchangeOutcome: Sendable, Equatable {
    case completed
    /// The client left, or stopped reading, before the answer was out.
    case aborted
    /// The body's source failed in the middle; the connection was cut so that nobody takes a prefix for the
    /// whole.
    case failed
}

/// The driving port of the program: what a server of any HTTP version calls.
package protocol HTTPHandler: Sendable {
    /// Answers one request. Never throws: every failure is an answer. Runs on the loop of the connection.
    func respond(to request: HTTPRequest) async -> HTTPResponse

    /// Shapes the answer to what was refused before it became a request.
    func respond(toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool) -> HTTPResponse

    /// Called exactly once for every answered request, when its last byte was handed to the kernel or given
    /// up.
    func finished(_ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome)
}
