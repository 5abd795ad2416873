import Domain
import Ports
import Services

/// One request on its way through the API: who asks, for what, and how to shape the answer.
struct Exchange {
    let request: HTTPRequest
    let requestID: String
    let target: RequestTarget
    let principal: Principal
    /// What stood behind the route's prefix, still percent-encoded.
    let rest: Substring
    let hash: any KeyedHash
    /// The request's key, and what is known of the request under it; nil without one.
    var attempt: KeyedAttempt?

    /// To be settled by the commit of what is asked.
    var claim: IdempotencyClaim? { attempt?.claim }

    /// Where this request stands in a trace, for requests that it makes of others.
    var trace: TraceContext { request.log.trace }

    var isHead: Bool { request.method == .head }

    func path() throws(ErrorAnswer) -> RequestedPath {
        do { return try RequestedPath(percentEncoded: rest) } catch { throw ErrorAnswer(error) }
    }

    func query(knowing known: [String] = []) throws(ErrorAnswer) -> QueryParameters {
        try QueryParameters(target.query, known: known)
    }

    /// An answer with the fields that belong to everything the server writes itself.
    func answer(_ status: Int, json: [UInt8], fields extra: [(String, String)] = []) -> HTTPResponse {
        var fields = HTTPFields()
        fields.reserveCapacity(16 + extra.count)
        fields.append("content-type", "application/json")
        fields.append("cache-control", "no-store")
        fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        for (name, value) in extra { fields.append(name, value) }
        var response = HTTPResponse(
            status: status, fields: fields, body: json.isEmpty ? .empty : .bytes(json))
        response.mayBeCoded = true
        return response
    }
}
