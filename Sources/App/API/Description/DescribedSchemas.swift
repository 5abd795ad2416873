import Domain

/// The shapes of JSON in requests and answers, as JSON Schema (draft 2020-12, which OpenAPI 3.1 takes over).
enum DescribedSchemas {
    static let all: JSONTree = [
        "Entry": entry, "EntryList": ["type": "array", "items": reference("Entry")],
        "DirectoryPage": directoryPage, "ListingLine": listingLine, "FileDescriptor": descriptor,
        "EntryChange": change, "LinkRequest": linkRequest, "Link": link, "AccessExplanation": explanation,
        "AccessDecision": decision, "Identity": identity, "Health": health, "Readiness": readiness,
        "Error": error, "Problem": problem,
    ]

    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/schemas/\(name)"] }

    private static let text: JSONTree = ["type": "string"]
    private static let truth: JSONTree = ["type": "boolean"]
    private static let mode: JSONTree = [
        "type": "string", "pattern": .text(DescribedPatterns.mode), "examples": ["0644"],
    ]
    private static let identifier: JSONTree = ["type": "integer", "minimum": 0, "maximum": 4_294_967_294]
    static let time: JSONTree = ["type": "string", "format": "date-time"]
    private static let kind: JSONTree = ["enum": ["file", "directory", "symlink"]]

    private static func object(
        _ properties: JSONTree, required: [String] = [], isClosed: Bool = false
    ) -> JSONTree {
        var schema: JSONTree = ["type": "object", "properties": properties]
        if !required.isEmpty { schema = schema.adding("required", .array(required.map { .text($0) })) }
        return isClosed ? schema.adding("additionalProperties", false) : schema
    }

    /// `metadata` as answers show it, and as a change takes it, where null removes.
    private static func metadata(canRemove: Bool) -> JSONTree {
        let value: JSONTree = canRemove ? ["type": ["string", "null"]] : text
        return [
            "type": canRemove ? ["object", "null"] : "object", "additionalProperties": value,
            "propertyNames": ["pattern": .text(DescribedPatterns.metadataName)],
            "maxProperties": .integer(Limits.userMetadataEntriesMax),
            "description":
                .text("Names and values together are at most \(Limits.userMetadataBytesMax) bytes."),
        ]
    }

    private static let entry = object(
        [
            "name": text, "path": text, "type": kind, "size": ["type": "integer", "minimum": 0],
            "mode": mode, "uid": identifier, "gid": identifier, "mtime": time, "etag": text,
            "nlink": ["type": "integer", "minimum": 1], "content_type": text, "target": text,
            "metadata": metadata(canRemove: false),
            "instance_id": text, "backend_type": text,
        ],
        required: ["name", "path", "type", "size", "mode", "uid", "gid", "mtime", "etag"])

    private static let directoryPage = object(
        [
            "path": text, "type": ["const": "directory"],
            "etag": [
                "type": "string", "description": "The directory's own tag, strong, for conditions on it.",
            ],
            "recursive": truth,
            "max_depth": ["type": "integer", "minimum": 1], "count": ["type": "integer", "minimum": 0],
            "items": ["type": "array", "items": reference("Entry")], "next_cursor": text, "truncated": truth,
            "omitted": ["type": "integer", "minimum": 1],
        ],
        required: ["path", "type", "etag", "recursive", "count", "items"])

    private static let listingLine: JSONTree = [
        "description": "An entry, or the last line, which sums up.",
        "anyOf": [
            reference("Entry"),
            object(
                [
                    "summary": ["const": true], "count": ["type": "integer"], "truncated": truth,
                    "omitted": ["type": "integer"],
                ],
                required: ["summary", "count"]),
        ],
    ]

    private static func grammar(_ pattern: String, _ description: String, max: Int) -> JSONTree {
        [
            "type": "string", "pattern": .text(pattern), "maxLength": .integer(max),
            "description": .text(description),
        ]
    }

    /// What may be made: each kind with what is said of it and nothing else.
    private static let descriptor: JSONTree = [
        "oneOf": [
            object(
                ["type": ["enum": ["file", "directory"]], "mode": mode], required: ["type"], isClosed: true),
            object(
                [
                    "type": ["const": "symlink"],
                    "target": grammar(
                        DescribedPatterns.symlinkTarget, "Where the symbolic link leads.",
                        max: Limits.symlinkTargetBytesMax),
                ], required: ["type", "target"], isClosed: true),
            object(
                [
                    "type": ["const": "link"],
                    "target": grammar(
                        DescribedPatterns.path, "The path of the file that gets another name.",
                        max: Limits.pathBytesMax - 1),
                ], required: ["type", "target"], isClosed: true),
        ]
    ]

    private static let attributes: [JSONTree.Member] = [
        .init(name: "mode", value: mode), .init(name: "uid", value: identifier),
        .init(name: "gid", value: identifier), .init(name: "mtime", value: time),
        .init(
            name: "content_type",
            value: [
                "type": ["string", "null"], "pattern": .text(DescribedPatterns.mediaType),
                "maxLength": .integer(Limits.mediaTypeBytesMax), "description": "Null takes it away.",
            ]),
        .init(name: "metadata", value: metadata(canRemove: true)),
    ]

    private static func change(_ move: [JSONTree.Member], required: [String]) -> JSONTree {
        object(.object(move + attributes), required: required, isClosed: true)
    }

    /// A rename, a move, or neither; each with any attributes.
    private static let change: JSONTree = [
        "oneOf": [
            change([], required: []).adding("minProperties", 1),
            change(
                [
                    .init(
                        name: "name",
                        value: grammar(
                            DescribedPatterns.fileName, "The new name in the same directory.",
                            max: Limits.nameBytesMax)),
                    .init(name: "overwrite", value: truth),
                ], required: ["name"]),
            change(
                [
                    .init(
                        name: "destination",
                        value: grammar(
                            DescribedPatterns.absolutePath, "The new path.", max: Limits.pathBytesMax)),
                    .init(name: "overwrite", value: truth), .init(name: "create_parents", value: truth),
                ], required: ["destination"]),
        ]
    ]

    private static let linkRequest = object(
        [
            "path": grammar(
                DescribedPatterns.filePath, "The path of the file.", max: Limits.pathBytesMax - 1),
            "expiry_seconds": ["type": "integer", "minimum": 1, "maximum": 86_400],
        ],
        required: ["path", "expiry_seconds"], isClosed: true)

    private static let link = object(
        [
            "url": ["type": "string", "format": "uri"], "token": text, "expires_at": time,
            "expires": ["type": "integer", "description": "Seconds since 1970."],
        ],
        required: ["url", "token", "expires_at", "expires"])

    private static let decision = object(
        [
            "path": text, "right": ["enum": ["read", "write", "search"]],
            "class": ["enum": ["owner", "group", "other"]], "mode": mode, "rule": text,
        ], required: ["path", "rule"])

    private static let explanation = object(
        [
            "path": text, "user": text, "right": ["enum": ["read", "write", "remove"]], "allowed": truth,
            "decided_by": reference("AccessDecision"),
        ],
        required: ["path", "user", "right", "allowed", "decided_by"])

    private static let identity = object(
        [
            "name": text, "uid": identifier, "gid": identifier,
            "groups": ["type": "array", "items": identifier],
        ],
        required: ["name", "uid", "gid", "groups"])

    private static let health = object(["status": ["const": "ok"]], required: ["status"])

    private static let readiness = object(
        [
            "status": ["enum": ["ready", "unavailable"]],
            "dependencies": [
                "type": "array",
                "items": object(
                    ["name": text, "available": truth, "detail": text], required: ["name", "available"]),
            ],
        ],
        required: ["status", "dependencies"])

    private static var codes: JSONTree {
        var seen: [String] = []
        for error in DescribedError.all where !seen.contains(error.code) { seen.append(error.code) }
        return ["enum": .array(seen.map { .text($0) })]
    }

    private static let error = object(
        [
            "code": codes, "message": text, "request_id": text,
            "error": ["type": "string", "description": "The message again, in conflicts."],
            "existing_path": text, "instance_id": text, "backend_type": text, "suggestion": text,
            "update_url": text, "decided_by": reference("AccessDecision"),
        ],
        required: ["code", "message", "request_id"])

    private static let problem = object(
        [
            "type": text, "title": text, "status": ["type": "integer"], "detail": text, "code": codes,
            "request_id": text,
        ],
        required: ["type", "title", "status", "detail", "code", "request_id"])
}
