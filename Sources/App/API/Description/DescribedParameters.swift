import Domain

/// What requests can say besides their bodies: path, query and header fields, each described once.
enum DescribedParameters {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/parameters/\(name)"] }

    static let all: JSONTree = [
        "Path": path(DescribedPatterns.path, "A trailing slash says that a directory is meant."),
        "FilePath": path(DescribedPatterns.filePath, "It is a file's, and so has no trailing slash."),
        "Token": [
            "name": "token", "in": "path", "required": true, "schema": ["type": "string"],
            "description": "The token of a link.",
        ],
        "Recursive": flag("recursive", "The whole tree."),
        "Parents": flag("parents", "As `mkdir -p`: a directory that is there already is no error."),
        "Overwrite": flag("overwrite", "Whether a file at the destination of a copy is replaced."),
        "Follow": [
            "name": "follow", "in": "query", "schema": ["type": "boolean", "default": true],
            "description": "`false` answers for a symbolic link itself and not for where it leads.",
        ],
        "MaxDepth": [
            "name": "max_depth", "in": "query",
            "schema": [
                "type": "integer", "minimum": 0, "maximum": .integer(Limits.listDepthMax),
                "default": .integer(Limits.listDepthDefault),
            ],
            "description": "How many levels a recursive listing goes down; 0 means 1.",
        ],
        "Limit": [
            "name": "limit", "in": "query",
            "schema": [
                "type": "integer", "minimum": 1, "maximum": .integer(Limits.listPageMax),
                "default": .integer(Limits.listPageDefault),
            ],
            "description": "The most entries of a page.",
        ],
        "Cursor": query("cursor", ["type": "string"], "Where the page before said that the next begins."),
        "Access": query("access", ["const": "explain"], "Asks whether a right is granted, and by what."),
        "Right": query("right", ["enum": ["read", "write", "remove"]], "The right that is asked about."),
        "User": query("user", ["type": "string"], "Whose right; another user's is for the superuser to ask."),
        "CopyFrom": query(
            "copy_from", text(DescribedPatterns.absolutePath), "The path of what is to be copied here."),
        "IfMatch": field(
            "If-Match", "Only if the entity tag is one of these, or with `*` if it is there.",
            DescribedPatterns.entityTags),
        "IfNoneMatch": field(
            "If-None-Match", "Only if the entity tag is none of these, or with `*` if nothing is there.",
            DescribedPatterns.entityTags),
        "IfModifiedSince": field("If-Modified-Since", "Only if it changed later (RFC 9110 section 13.1.3)."),
        "IfUnmodifiedSince": field("If-Unmodified-Since", "Only if it did not change later."),
        "IfRange": field("If-Range", "The range counts only for this representation, else all is sent."),
        "Range": field("Range", "One range of bytes or several, such as `bytes=0-99,-5`."),
        "Mode": field(
            "X-CallFS-Mode", "The mode of what is made, in octal, before the umask.", DescribedPatterns.mode),
        "MTime": [
            "name": "X-CallFS-MTime", "in": "header", "schema": DescribedSchemas.time,
            "description": "The time of modification, RFC 3339: nanoseconds, years 1678 to 2261.",
        ],
        "ContentDigest": field("Content-Digest", "Checked against the body, also an empty one (RFC 9530)."),
        "ReprDigest": field("Repr-Digest", "The same: bodies are whole representations."),
        "WantReprDigest": field(
            "Want-Repr-Digest", "Which digest the answer should carry (RFC 9530).",
            DescribedPatterns.wantedDigests),
        "WantContentDigest": field(
            "Want-Content-Digest", "Which digest of the whole content the answer should carry (RFC 9530).",
            DescribedPatterns.wantedDigests),
        "IdempotencyKey": field(
            "Idempotency-Key",
            "The first answer to this key is kept for a day and given again. Making a download link refuses "
                + "the field: its answer holds a secret that is kept nowhere.",
            DescribedPatterns.idempotencyKey),
        "Destination": field("Destination", "Where COPY copies to (RFC 4918 section 10.3)."),
        "OverwriteField": field(
            "Overwrite", "`T` or `F`: whether COPY replaces a file; `F` when it is missing."),
        "Depth": field(
            "Depth", "`infinity`, or left out: a directory is copied whole.", DescribedPatterns.infinity),
        "Claim": field("X-CallFS-Claim", "The claim that a first GET was given, to go on after a break."),
        "ClaimCookie": [
            "name": "callfs_claim", "in": "cookie", "schema": ["type": "string"],
            "description": "The same claim, for browsers; the field counts before it.",
        ],
        "AcceptEncoding": field(
            "Accept-Encoding", "`zstd` or `gzip` for what the server wrote itself; files go as they are."),
        "RequestID": field(
            "X-Request-ID",
            "Names this request in the answer and in the server's logs, if it has 1 to 128 letters, digits, "
                + "`-`, `_` and `.`; else the server makes a name."),
        "Traceparent": field(
            "traceparent", "The trace that this request belongs to, for logs (W3C Trace Context)."),
        "Tracestate": field("tracestate", "Goes with `traceparent`."),
    ]

    /// The name of the header field that a parameter is; nil for what is none.
    static func fieldName(_ parameter: String) -> String? {
        guard text("in", of: parameter) == "header" else { return nil }
        return text("name", of: parameter)
    }

    /// A member of a parameter, where it is text.
    static func text(_ member: String, of parameter: String) -> String? {
        guard case .object(let all) = all,
            case .object(let members)? = all.first(where: { $0.name == parameter })?.value,
            case .text(let text)? = members.first(where: { $0.name == member })?.value
        else { return nil }
        return text
    }

    /// Of a change; `If-Modified-Since` is for reads (RFC 9110 section 13.1.3).
    static let conditions = ["IfMatch", "IfNoneMatch", "IfUnmodifiedSince"]
    static let conditionsOfRead = conditions + ["IfModifiedSince"]
    static let digests = ["ContentDigest", "ReprDigest"]
    /// Of every request.
    static let common = ["RequestID", "Traceparent", "Tracestate"]

    private static func flag(_ name: String, _ description: String) -> JSONTree {
        query(name, ["type": "boolean", "default": false], description)
    }

    private static func query(_ name: String, _ schema: JSONTree, _ description: String) -> JSONTree {
        ["name": .text(name), "in": "query", "schema": schema, "description": .text(description)]
    }

    private static func field(
        _ name: String, _ description: String, _ pattern: String? = nil
    ) -> JSONTree {
        [
            "name": .text(name), "in": "header", "schema": text(pattern),
            "description": .text(description),
        ]
    }

    private static func path(_ pattern: String, _ end: String) -> JSONTree {
        [
            "name": "path", "in": "path", "required": true,
            // With the slash before it, which is not part of the parameter, all of a path.
            "schema": text(pattern).adding("maxLength", .integer(Limits.pathBytesMax - 1)),
            "description":
                .text(
                    "The path below the root, percent-encoded, with `/` between names, and `/` itself never "
                        + "encoded. Names have at most \(Limits.nameBytesMax) bytes, the path at most "
                        + "\(Limits.pathBytesMax). " + end),
        ]
    }

    private static func text(_ pattern: String?) -> JSONTree {
        guard let pattern else { return ["type": "string"] }
        return ["type": "string", "pattern": .text(pattern)]
    }
}
