private import Domain
import Ports

/// What pages of other origins may do with this server, as browsers ask for it: the CORS protocol of the
/// Fetch standard (https://fetch.spec.whatwg.org, section 3.3). Nothing, unless the configuration says so.
///
/// It protects nobody from a client that is no browser; keys and permissions do.
package struct CrossOriginPolicy: Sendable, Equatable {
    /// As browsers send them, `https://app.example`; `*` for any.
    package var allowedOrigins: [String]
    package var allowedMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "COPY"]
    /// Request fields beyond those that need no leave, in any case. `X-Name-*` stands for all that begin so.
    package var allowedHeaders = [
        "Authorization", "Content-Type", "Range", "If-Match", "If-None-Match", "If-Modified-Since",
        "If-Unmodified-Since", "If-Range", "Destination", "Overwrite", "Depth", "Idempotency-Key",
        "Content-Digest", "Repr-Digest", "Want-Content-Digest", "Want-Repr-Digest", "X-Request-ID",
        "X-CallFS-Mode", "X-CallFS-MTime", "X-CallFS-Meta-*", "X-CallFS-Claim", "traceparent", "tracestate",
    ]
    /// Fields of answers that a page may read beyond those that need no leave, in the same form.
    package var exposedHeaders = [
        "ETag", "Location", "Link", "Allow", "Accept-Patch", "Content-Range", "Accept-Ranges",
        "Content-Disposition", "Retry-After", "RateLimit", "RateLimit-Policy", "Content-Digest",
        "Repr-Digest",
        "Want-Content-Digest", "Want-Repr-Digest", "Idempotency-Replayed", "WWW-Authenticate", "X-Request-ID",
        "X-CallFS-Type", "X-CallFS-Size", "X-CallFS-Mode", "X-CallFS-UID", "X-CallFS-GID", "X-CallFS-Owner",
        "X-CallFS-Group", "X-CallFS-MTime", "X-CallFS-Links", "X-CallFS-Target", "X-CallFS-Meta-*",
        "X-CallFS-Claim", "X-CallFS-Instance-ID", "X-CallFS-Backend-Type",
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
        var response = HTTPResponse.noContent
        // A browser that finds its method or field missing in the lists does not send the request.
        if allowedMethods.contains(method) {
            response.fields.append("access-control-allow-methods", allowedMethods.joined(separator: ", "))
            let asked = request.fields.joined("access-control-request-headers") ?? ""
            let names = asked.utf8.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }
            response.fields.append(
                "access-control-allow-headers",
                Self.spelledOut(allowedHeaders, among: names.map { String(Substring($0)) }))
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
            let present = fields.all.map(\.name) + fields.blocks.flatMap { $0.fields.map(\.name) }
            fields.append(
                "access-control-expose-headers", Self.spelledOut(exposedHeaders, among: present))
        }
    }

    /// A list for browsers, which know no `X-Name-*`: it becomes those of `names` that begin so.
    private static func spelledOut(_ list: [String], among names: [String]) -> String {
        var spelled: [String] = []
        // A client may send thousands of names.
        var seen: Set<String> = []
        for entry in list {
            guard entry.utf8.count > 1, entry.utf8.last == UInt8(ascii: "*") else {
                spelled.append(entry)
                continue
            }
            let prefix = entry.dropLast().lowercased()
            for name in names where name.utf8.count > prefix.utf8.count && FieldScanner.isToken(name) {
                let lower = name.lowercased()
                if lower.hasPrefix(prefix), seen.insert(lower).inserted { spelled.append(lower) }
            }
        }
        return spelled.joined(separator: ", ")
    }

    private func admittedOrigin(_ request: HTTPRequest) -> String? {
        guard let origin = request.fields.only("origin"),
            allowedOrigins.contains(where: { $0 == "*" || $0.utf8.elementsEqual(origin.utf8) })
        else { return nil }
        return origin
    }
}
