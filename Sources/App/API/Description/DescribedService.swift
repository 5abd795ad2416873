import Ports

/// Everything but `/v1/files` in the published description.
enum DescribedService {
    static let operations =
        listings + [
            makeLink, download, inspectDownload, identity("get", .get), identity("head", .head),
        ] + open("/health", "health", "Ask whether the process lives", "Health", "It does.")
        + open("/health/ready", "readiness", "Ask whether the dependencies work", "Readiness", "They do.")
        + open(
            "/openapi.json", "description", "Read this document", nil, "This document.",
            fields: ["ETag"])
        + metrics

    private static let ofPath = DescribedError.ofEveryRequest.union(DescribedError.ofEveryPath)

    private static let listings = [
        listing(.get, "listDirectory", content: true), listing(.head, "statDirectory", content: false),
    ]

    private static func listing(
        _ method: HTTPMethod, _ id: String, content: Bool
    ) -> DescribedOperation {
        DescribedOperation(
            template: "/v1/directories/{path}", method: method, id: id, tag: "directories",
            summary: content ? "List a directory or a tree" : "Ask for the fields of a listing",
            text: "Names in byte order, a directory before what it holds. `Accept: application/x-ndjson` "
                + "streams one entry a line and a summary as the last, of any length and without pages.",
            parameters: ["Path", "Recursive", "MaxDepth", "Limit", "Cursor", "IfMatch", "IfUnmodifiedSince"],
            answers: [
                .init(
                    status: 200, description: "The listing.",
                    content: content
                        ? DescribedOperation.json("DirectoryPage") + [
                            ("application/x-ndjson", DescribedSchemas.reference("ListingLine"))
                        ] : [],
                    fields: DescribedFields.directory, mayBeCoded: true)
            ],
            errors: ofPath)
    }

    private static let makeLink = DescribedOperation(
        template: "/v1/links/generate", method: .post, id: "makeLink", tag: "links",
        summary: "Make a link that serves a file once",
        text: "Needs read permission on the file, now and when the link is used. The link gives the file "
            + "that is at the path now, with the content of the moment when it is used, and no other. "
            + "Conditions are refused: they would be about the making.",
        parameters: DescribedParameters.digests,
        body: DescribedOperation.json("LinkRequest"), isBodyRequired: true,
        answers: [
            .init(status: 201, description: "The link.", content: DescribedOperation.json("Link"))
        ],
        errors: ofPath.union(DescribedError.ofEveryChange).union(["IS_A_DIRECTORY"]))

    private static let ofDownload: Set<String> = [
        "INVALID_REQUEST", "PERMISSION_DENIED", "LINK_NOT_FOUND", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT",
        "LINK_GONE", "RANGE_NOT_SATISFIABLE", "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR",
        "INSTANCE_UNAVAILABLE", "METADATA_UNAVAILABLE", "BACKEND_UNAVAILABLE", "SHUTTING_DOWN",
        "DEADLINE_EXCEEDED", "PRECONDITION_FAILED", "WRITE_SUPERSEDED", "INSUFFICIENT_STORAGE",
    ]

    private static let download = DescribedOperation(
        template: "/download/{token}", method: .get, id: "download", tag: "links",
        summary: "Fetch the file of a link",
        text: "The first GET claims the link and gets the bytes; whoever shows the claim may go on with a "
            + "`Range` after a break, on the same bytes. Nothing else uses a link up: not HEAD, not a "
            + "request with conditions, and not a prefetch, which is refused.",
        parameters: ["Token"] + DescribedParameters.conditionsOfRead + [
            "Range", "IfRange", "Claim", "ClaimCookie", "WantReprDigest", "WantContentDigest",
        ],
        answers: [
            .init(
                status: 200, description: "The bytes.", content: [DescribedOperation.anyBytes],
                fields: ofTransfer + ofClaim + ["Repr-Digest", "Content-Digest"]),
            .init(
                status: 206, description: "A part of the bytes.", content: [DescribedOperation.anyBytes],
                fields: ofTransfer + ofClaim + ["Content-Range", "Repr-Digest"]),
            notModified,
        ],
        errors: ofDownload, needsKey: false)

    private static let notModified = DescribedOperation.Answer(
        status: 304, description: "The client has these bytes. Nothing was used up.", fields: ofTransfer)

    private static let inspectDownload = DescribedOperation(
        template: "/download/{token}", method: .head, id: "inspectDownload", tag: "links",
        summary: "Ask what a link leads to", text: "Uses nothing up.",
        parameters: ["Token"] + DescribedParameters.conditionsOfRead + [
            "Claim", "ClaimCookie", "WantReprDigest",
        ],
        answers: [
            .init(
                status: 200, description: "What a GET would say.", fields: ofTransfer + ["Repr-Digest"]),
            notModified,
        ],
        // A range counts for GET alone (RFC 9110 section 14.2).
        errors: ofDownload.subtracting(["RANGE_NOT_SATISFIABLE"]), needsKey: false)

    private static let ofTransfer = [
        "ETag", "Last-Modified", "Accept-Ranges", "Content-Disposition", "X-Robots-Tag",
    ]
    private static let ofClaim = ["X-CallFS-Claim", "Set-Cookie"]

    private static func identity(_ prefix: String, _ method: HTTPMethod) -> DescribedOperation {
        DescribedOperation(
            template: "/v1/whoami", method: method, id: prefix + "Identity", tag: "system",
            summary: "Ask who the key is", parameters: tagConditions,
            answers: [
                .init(
                    status: 200, description: "The user of the key.",
                    content: method == .head ? [] : DescribedOperation.json("Identity"), mayBeCoded: true),
                unchanged,
            ],
            errors: DescribedError.ofEveryRequest.union(["PRECONDITION_FAILED"]))
    }

    /// Of what has no date.
    private static let tagConditions = ["IfMatch", "IfNoneMatch"]

    private static let unchanged = DescribedOperation.Answer(
        status: 304, description: "`If-None-Match` matches: with `*` always, else where there is a tag.")

    private static let ofOpen: Set<String> = [
        "INVALID_REQUEST", "PRECONDITION_FAILED", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT",
        "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR",
        "SHUTTING_DOWN",
    ]

    private static func open(
        _ template: String, _ name: String, _ summary: String, _ schema: String?, _ description: String,
        fields: [String] = []
    ) -> [DescribedOperation] {
        let methods: [HTTPMethod] = [.get, .head]
        return methods.map { method in
            let object: JSONTree = ["type": "object"]
            let content = schema.map(DescribedOperation.json) ?? [(DescribedOperation.json, object)]
            return DescribedOperation(
                template: template, method: method, id: (method == .head ? "head" : "get") + "_" + name,
                tag: "system", summary: summary, parameters: tagConditions,
                answers: [
                    .init(
                        status: 200, description: description, content: method == .head ? [] : content,
                        fields: fields, mayBeCoded: true),
                    .init(status: 304, description: unchanged.description, fields: fields),
                ] + (schema == "Readiness" ? [unavailable(method)] : []),
                errors: ofOpen, needsKey: false)
        }
    }

    /// Readiness has a status of its own for what does not work.
    private static func unavailable(_ method: HTTPMethod) -> DescribedOperation.Answer {
        let schemas: JSONTree = [
            "anyOf": [DescribedSchemas.reference("Readiness"), DescribedSchemas.reference("Error")]
        ]
        return .init(
            status: 503, description: "A dependency does not work, or the server is going down.",
            content: method == .head ? [] : [(DescribedOperation.json, schemas)], fields: ["Retry-After"],
            mayBeCoded: true)
    }

    private static let plainText: [(mediaType: String, schema: JSONTree)] = [
        ("text/plain", ["type": "string"])
    ]

    private static let metrics = open("/metrics", "metrics", "Read the metrics", nil, "The metrics.").map {
        operation in
        DescribedOperation(
            template: operation.template, method: operation.method, id: operation.id, tag: operation.tag,
            summary: operation.summary, text: "In the text format of Prometheus.",
            parameters: operation.parameters,
            answers: [
                .init(
                    status: 200, description: "The metrics.",
                    content: operation.method == .head ? [] : plainText, mayBeCoded: true),
                unchanged,
            ],
            errors: operation.errors, needsKey: false)
    }
}
