import Domain
import Ports

/// The header fields of answers, each described once.
enum DescribedFields {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/headers/\(name)"] }

    /// An object of header fields, as an answer has it.
    static func references(_ names: [String]) -> JSONTree {
        .object(names.map { JSONTree.Member(name: $0, value: reference($0)) })
    }

    /// Protect browsers, in every answer alike; the document names them once.
    static let protection = [
        "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Content-Security-Policy",
        "Strict-Transport-Security",
    ]
    /// For pages of other origins, where the configuration allows any; the document names them once.
    static let ofCrossOrigin = [
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
    ]

    /// Of every answer to a request that was read.
    static let ofEveryAnswer = ["X-Request-ID", "Vary"]
    /// Of every answer within the limits of a route.
    static let limits = ["RateLimit", "RateLimit-Policy"]

    /// Of every answer about a directory.
    static let directory = [
        "ETag", "Last-Modified", "X-CallFS-Type", "X-CallFS-Size", "X-CallFS-Mode", "X-CallFS-UID",
        "X-CallFS-GID", "X-CallFS-Owner", "X-CallFS-Group", "X-CallFS-MTime", "X-CallFS-Instance-ID",
        "X-CallFS-Backend-Type",
    ]
    /// Of every answer about a file.
    static let file = directory + ["X-CallFS-Links"]
    /// Of every answer about what may be a symbolic link.
    static let entry = file + ["X-CallFS-Target"]

    private static let descriptions: [(name: String, description: String)] = [
        ("X-Request-ID", "Names the request in the server's logs."),
        ("Vary", "The fields of the request that another answer may come of."),
        ("Cache-Control", "Who may keep the answer: nobody, or a client that asks before it is used again."),
        ("Content-Encoding", "`zstd` or `gzip`, of what the server wrote itself."),
        ("ETag", "The entity tag of the representation; strong, but for a listing."),
        ("Last-Modified", "The time of modification, in whole seconds."),
        ("X-CallFS-Type", "`file`, `directory` or `symlink`."),
        ("X-CallFS-Size", "The size in bytes."),
        ("X-CallFS-Mode", "The mode in octal."),
        ("X-CallFS-UID", "The owner's number."),
        ("X-CallFS-GID", "The group's number."),
        ("X-CallFS-Owner", "The owner's name, where it is known."),
        ("X-CallFS-Group", "The group's name, where it is known."),
        ("X-CallFS-MTime", "The time of modification, in nanoseconds."),
        ("X-CallFS-Links", "How many names it has; not of a directory."),
        ("X-CallFS-Target", "Where a symbolic link leads, percent-encoded."),
        ("X-CallFS-Instance-ID", "The node that holds the bytes."),
        ("X-CallFS-Backend-Type", "The kind of store that holds the bytes."),
        ("X-CallFS-Claim", "What lets the claimant of a link go on after a break; in the first answer only."),
        ("Set-Cookie", "The same claim, for browsers."),
        ("X-Robots-Tag", "`noindex`: the address of a link is a secret."),
        ("Accept-Ranges", "`bytes`."),
        ("Accept-Patch", "The media types of a body that PATCH takes."),
        ("Content-Range", "Which part of the file this is, or, with 416, how large the file is."),
        ("Content-Disposition", "Suggests a name to save the file by."),
        ("Content-Digest", "The digest of the content of this answer, for who wants it (RFC 9530)."),
        ("Repr-Digest", "Digests of the whole file (RFC 9530)."),
        ("Want-Content-Digest", "The digests that are known here, where that of the request is not."),
        ("Want-Repr-Digest", "The same."),
        ("Location", "Where what was made or moved is."),
        ("Link", "With `rel=\"next\"`, the next page."),
        ("Allow", "The methods of the resource."),
        ("WWW-Authenticate", "`Bearer`."),
        ("Retry-After", "Seconds after which another attempt may succeed."),
        (
            "RateLimit",
            "What is left, where a limit is set for the route (draft-ietf-httpapi-ratelimit-headers)."
        ),
        ("RateLimit-Policy", "The limit."),
        ("Idempotency-Replayed", "`true` when this is the kept answer to an earlier request."),
    ]

    static let all = JSONTree.object(
        descriptions.map {
            JSONTree.Member(
                name: $0.name,
                value: ["description": .text($0.description), "schema": ["type": "string"]])
        })
}
