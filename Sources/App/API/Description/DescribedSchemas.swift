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
    private static let mode: JSONTree = ["type": "string", "pattern": "^[0-7]{1,5}$", "examples": ["0644"]]
    private static let identifier: JSONTree = ["type": "integer", "minimum": 0, "maximum": 4_294_967_295]
    private static let time: JSONTree = ["type": "string", "format": "date-time"]
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
        return ["type": "object", "additionalProperties": value]
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
            "path": text, "type": ["const": "directory"], "recursive": truth,
            "max_depth": ["type": "integer", "minimum": 1], "count": ["type": "integer", "minimum": 0],
            "items": ["type": "array", "items": reference("Entry")], "next_cursor": text, "truncated": truth,
            "omitted": ["type": "integer", "minimum": 1],
        ],
        required: ["path", "type", "recursive", "count", "items"])

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

    private static let descriptor = object(
        [
            "type": ["enum": ["file", "directory", "symlink", "link"]], "mode": mode,
            "target": [
                "type": "string",
                "description": "Where a symbolic link leads; the path of the file that a link is made to.",
            ],
        ],
        required: ["type"], isClosed: true)

    private static let change = object(
        [
            "name": ["type": "string", "description": "The new name in the same directory."],
            "destination": ["type": "string", "description": "The new path."],
            "overwrite": truth, "create_parents": truth, "mode": mode, "uid": identifier, "gid": identifier,
            "mtime": time,
            "content_type": ["type": ["string", "null"], "description": "Null takes it away."],
            "metadata": metadata(canRemove: true),
        ], isClosed: true
    ).adding("minProperties", 1)

    private static let linkRequest = object(
        ["path": text, "expiry_seconds": ["type": "integer", "minimum": 1, "maximum": 86_400]],
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
