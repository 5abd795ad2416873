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
            "description": "The time of modification, RFC 3339 with up to nine digits of the second.",
        ],
        "ContentDigest": field("Content-Digest", "Checked against the body (RFC 9530)."),
        "ReprDigest": field("Repr-Digest", "The same: bodies are whole representations."),
        "WantReprDigest": field(
            "Want-Repr-Digest", "Which digest the answer should carry (RFC 9530).",
            DescribedPatterns.wantedDigests),
        "IdempotencyKey": field(
            "Idempotency-Key", "The first answer to this key is kept for a day and given again.",
            DescribedPatterns.idempotencyKey),
        "Destination": field("Destination", "Where COPY copies to (RFC 4918 section 10.3)."),
        "OverwriteField": field(
            "Overwrite", "`T` or `F`: whether COPY replaces a file; `F` when it is missing."),
        "Claim": field("X-CallFS-Claim", "The claim that a first GET was given, to go on after a break."),
    ]

    static let conditions = ["IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince"]

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

/// The header fields of answers, each described once.
enum DescribedFields {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/headers/\(name)"] }

    /// An object of header fields, as an answer has it.
    static func references(_ names: [String]) -> JSONTree {
        .object((["X-Request-ID"] + names).map { JSONTree.Member(name: $0, value: reference($0)) })
    }

    /// Of every answer about a file or a directory.
    static let entry = [
        "ETag", "Last-Modified", "X-CallFS-Type", "X-CallFS-Size", "X-CallFS-Mode", "X-CallFS-UID",
        "X-CallFS-GID", "X-CallFS-Owner", "X-CallFS-Group", "X-CallFS-MTime", "X-CallFS-Links",
        "X-CallFS-Target", "X-CallFS-Instance-ID", "X-CallFS-Backend-Type",
    ]

    /// Of a file's bytes.
    static let content = entry + ["Accept-Ranges", "Repr-Digest"]

    private static let descriptions: [(name: String, description: String)] = [
        ("X-Request-ID", "Names the request in the server's logs."),
        ("ETag", "The entity tag of the representation; strong."),
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
        ("X-CallFS-Claim", "What lets the claimant of a link go on after a break."),
        ("Accept-Ranges", "`bytes`."),
        ("Content-Range", "Which part of the file this is, or, with 416, how large the file is."),
        ("Content-Disposition", "Suggests a name to save the file by."),
        ("Repr-Digest", "Digests of the whole file (RFC 9530)."),
        ("Location", "Where what was made is."),
        ("Link", "With `rel=\"next\"`, the next page."),
        ("Allow", "The methods of the resource."),
        ("WWW-Authenticate", "`Bearer`."),
        ("Retry-After", "Seconds after which another attempt may succeed."),
        ("RateLimit", "What is left of the limit (draft-ietf-httpapi-ratelimit-headers)."),
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
