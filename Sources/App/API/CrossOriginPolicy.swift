import Ports

/// What pages of other origins may do with this server, as browsers ask for it: the CORS protocol of the
/// Fetch standard (https://fetch.spec.whatwg.org, section 3.3). Nothing, unless the configuration says so.
///
/// It protects nobody from a client that is no browser; keys and permissions do.
package struct CrossOriginPolicy: Sendable, Equatable {
    /// As browsers send them, `https://app.example`; `*` for any.
    package var allowedOrigins: [String]
    package var allowedMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "COPY"]
    /// Request fields beyond those that need no leave, in any case.
    package var allowedHeaders = [
        "Authorization", "Content-Type", "Range", "If-Match", "If-None-Match", "If-Modified-Since",
        "If-Unmodified-Since", "If-Range", "Destination", "Overwrite", "Depth", "Idempotency-Key",
        "Content-Digest", "Repr-Digest", "X-Request-ID", "X-CallFS-Mode", "X-CallFS-MTime", "traceparent",
        "tracestate",
    ]
    /// Fields of answers that a page may read beyond those that need no leave.
    package var exposedHeaders = [
        "ETag", "Location", "Link", "Content-Range", "Accept-Ranges", "Content-Disposition", "Retry-After",
        "RateLimit", "RateLimit-Policy", "Repr-Digest", "X-Request-ID", "X-CallFS-Type", "X-CallFS-Size",
        "X-CallFS-Mode", "X-CallFS-UID", "X-CallFS-GID", "X-CallFS-Owner", "X-CallFS-Group",
        "X-CallFS-MTime", "X-CallFS-Instance-ID", "X-CallFS-Backend-Type",
    ]
    /// How long a browser may remember a preflight.
    package var maxAge: Duration = .seconds(600)
    /// Whether a page may send what the browser keeps for this server. Not with `*`: then it is not said.
    package var allowsCredentials = false

    package init(allowedOrigins: [String]) { self.allowedOrigins = allowedOrigins }

    /// Whether the request comes from a page that may read the answer.
    func admits(_ request: HTTPRequest) -> Bool { admittedOrigin(request) != nil }

    /// The answer to a browser that asks before it sends; nil when the request is no such question, or
    /// none of an origin that is allowed: then it is answered as any other.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .options, admits(request),
            let method = request.fields.only("access-control-request-method")
        else { return nil }
        var response = HTTPResponse(status: 204)
        // A browser that finds its method or field missing in the lists does not send the request.
        if allowedMethods.contains(method) {
            response.fields.append("access-control-allow-methods", allowedMethods.joined(separator: ", "))
            response.fields.append("access-control-allow-headers", allowedHeaders.joined(separator: ", "))
            let seconds = maxAge.components.seconds
            response.fields.append("access-control-max-age", String(seconds))
        }
        return response
    }

    /// Lets the page have the answer. Fields that are there already stay.
    func append(to fields: inout HTTPFields, for request: HTTPRequest) {
        guard let origin = admittedOrigin(request), fields.first("access-control-allow-origin") == nil else {
            return
        }
        let isOpen = allowedOrigins.contains("*")
        fields.append("access-control-allow-origin", isOpen ? "*" : origin)
        if allowsCredentials, !isOpen { fields.append("access-control-allow-credentials", "true") }
        if request.method != .options, !exposedHeaders.isEmpty {
            fields.append("access-control-expose-headers", exposedHeaders.joined(separator: ", "))
        }
    }

    private func admittedOrigin(_ request: HTTPRequest) -> String? {
        guard let origin = request.fields.only("origin"),
            allowedOrigins.contains(where: { $0 == "*" || $0.utf8.elementsEqual(origin.utf8) })
        else { return nil }
        return origin
    }
}
