/// Every error that the API can answer with: its code, its status, and what it means. The one list that the
/// published description is made of.
struct DescribedError: Sendable, Equatable {
    let status: Int
    let code: String
    let meaning: String

    static let all: [DescribedError] = [
        Self(400, "INVALID_REQUEST", "Something in the request is not as it must be; the message says what."),
        Self(400, "INVALID_PATH", "The path breaks a rule of paths; the message says which."),
        Self(400, "DIGEST_MISMATCH", "The body is not what the digest field says. Nothing was stored."),
        Self(400, "IS_A_DIRECTORY", "A file is needed, and a directory is there."),
        Self(401, "AUTHENTICATION_FAILED", "There is no key, or it is nobody's."),
        Self(
            403, "PERMISSION_DENIED",
            "A right is missing; `decided_by` says which, on which ancestor and by which bits."),
        Self(404, "FILE_NOT_FOUND", "Nothing is at the path."),
        Self(404, "LINK_NOT_FOUND", "The token is not one that was issued."),
        Self(404, "NOT_FOUND", "There is no such resource in the API."),
        Self(
            405, "METHOD_NOT_ALLOWED", "The resource does not have that method; `Allow` lists those it has."),
        Self(408, "REQUEST_TIMEOUT", "The request came too slowly."),
        Self(409, "FILE_ALREADY_EXISTS", "Something is at the path already."),
        Self(409, "DIRECTORY_NOT_EMPTY", "The directory has entries."),
        Self(409, "NOT_A_DIRECTORY", "A directory is needed, and something else is there."),
        Self(409, "WRITE_SUPERSEDED", "Others changed the same at the same time. Read again and decide."),
        Self(410, "LINK_GONE", "The link was used, has expired, or its file is not where it was."),
        Self(412, "PRECONDITION_FAILED", "A condition of the request does not hold. Nothing was changed."),
        Self(413, "PAYLOAD_TOO_LARGE", "The body is larger than the server takes."),
        Self(414, "INVALID_REQUEST", "The target of the request is longer than the server takes."),
        Self(415, "INVALID_REQUEST", "The body is of a kind that the resource does not take."),
        Self(416, "RANGE_NOT_SATISFIABLE", "No part of the range is in the file."),
        Self(417, "INVALID_REQUEST", "The expectation is another than `100-continue`."),
        Self(422, "IDEMPOTENCY_MISMATCH", "The idempotency key was used for another request."),
        Self(423, "LOCKED", "Somebody else is writing this. Try again."),
        Self(429, "RATE_LIMIT_EXCEEDED", "Too many requests; `Retry-After` says when to come back."),
        Self(431, "INVALID_REQUEST", "The fields of the request are longer than the server takes."),
        Self(500, "INTERNAL_ERROR", "A fault of the server; its log says more."),
        Self(501, "INVALID_REQUEST", "The method or the transfer coding is none that the server knows."),
        Self(502, "INSTANCE_UNAVAILABLE", "The node that has the content does not answer. Try again."),
        Self(503, "METADATA_UNAVAILABLE", "The metadata store does not answer. Try again."),
        Self(503, "BACKEND_UNAVAILABLE", "The storage backend does not answer. Try again."),
        Self(503, "LOCKS_UNAVAILABLE", "The lock service does not answer. Try again."),
        Self(503, "SHUTTING_DOWN", "The server is going down. Try again, with another connection."),
        Self(504, "DEADLINE_EXCEEDED", "It took longer than it may. Nothing was changed."),
        Self(505, "INVALID_REQUEST", "The version of HTTP is none that the server speaks."),
        Self(507, "INSUFFICIENT_STORAGE", "There is no room for this. Nothing was changed."),
    ]

    private init(_ status: Int, _ code: String, _ meaning: String) {
        self.status = status
        self.code = code
        self.meaning = meaning
    }

    /// The errors of these codes, in the order of the list. Naming one that there is not is a mistake in this
    /// program.
    static func of(_ codes: Set<String>) -> [DescribedError] {
        precondition(codes.allSatisfy { code in all.contains { $0.code == code } })
        return all.filter { codes.contains($0.code) }
    }

    /// What any request to a resource that asks for a key may meet.
    static let ofEveryRequest: Set<String> = [
        "INVALID_REQUEST", "AUTHENTICATION_FAILED", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT",
        "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR", "SHUTTING_DOWN",
    ]

    /// What any request for a path may meet besides.
    static let ofEveryPath: Set<String> = [
        "INVALID_PATH", "PERMISSION_DENIED", "FILE_NOT_FOUND", "NOT_A_DIRECTORY", "PRECONDITION_FAILED",
        "METADATA_UNAVAILABLE",
    ]

    /// What any change may meet besides.
    static let ofEveryChange: Set<String> = [
        "WRITE_SUPERSEDED", "PAYLOAD_TOO_LARGE", "IDEMPOTENCY_MISMATCH", "DEADLINE_EXCEEDED",
        "INSUFFICIENT_STORAGE",
    ]
}
