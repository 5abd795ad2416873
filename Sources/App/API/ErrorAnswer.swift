import Domain
import Ports

/// An error as the client sees it: status, code, a sentence, and what helps to go on.
struct ErrorAnswer: Error {
    let status: Int
    let code: String
    let message: String
    /// Further members of the JSON object, in order.
    var details: [(name: String, value: String)] = []
    /// What decided that access is refused.
    var decidedBy: DecidedBy?
    /// What it means for a request that comes again under its key.
    var standing = Standing.open
    /// What happened, for the log only.
    var cause: String?
    /// Further header fields.
    var fields: [(name: String, value: String)] = []

    enum Standing {
        /// Another attempt may be answered otherwise.
        case open
        /// It is the answer from now on.
        case lasting
        /// There is an answer already; with the digest of this request's body, where it was read.
        case answeredBefore(body: [UInt8]?)
    }

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func invalidRequest(_ message: String) -> ErrorAnswer {
        ErrorAnswer(400, "INVALID_REQUEST", message)
    }

    static let conditionFailed = ErrorAnswer(
        412, "PRECONDITION_FAILED", "A condition of the request does not hold.")

    static func methodNotAllowed(_ route: Route) -> ErrorAnswer {
        var answer = ErrorAnswer(405, "METHOD_NOT_ALLOWED", "This resource does not have that method.")
        answer.fields = OptionsAPI.fields(of: route)
        return answer
    }

    static let notAuthenticated: ErrorAnswer = {
        var answer = ErrorAnswer(
            401, "AUTHENTICATION_FAILED", "Send a valid key as 'Authorization: Bearer <key>'.")
        answer.fields = [("www-authenticate", "Bearer")]
        return answer
    }()

    /// The body: the error object, or its RFC 9457 form when the client prefers that.
    func body(requestID: String, asProblem: Bool) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        if asProblem {
            json.member("type", "about:blank")
            json.member("title", code)
            json.member("status", status)
            json.member("detail", message)
        }
        json.member("code", code)
        if !asProblem {
            json.member("message", message)
            if details.contains(where: { $0.name == "existing_path" }) {
                json.member("error", message)
            }
        }
        json.member("request_id", requestID)
        for detail in details { json.member(named: detail.name, detail.value) }
        decidedBy?.write(to: &json)
        json.endObject()
        return json.bytes
    }
}

extension ErrorAnswer {
    init(_ refusal: PathRefusal) { self.init(400, "INVALID_PATH", refusal.description) }
}
