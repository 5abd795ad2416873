import Domain
import Ports

/// `/v1/files/{path}` in the published description.
enum DescribedFiles {
    static let operations = [get, head, put, post, patch, delete, copy]

    private static let template = "/v1/files/{path}"
    private static let ofPath = DescribedError.ofEveryRequest.union(DescribedError.ofEveryPath)
    private static let ofChange = ofPath.union(DescribedError.ofEveryChange)

    private static let get = DescribedOperation(
        template: template, method: .get, id: "readFile", tag: "files",
        summary: "Read a file or list a directory",
        text:
            "A file's bytes, whole or in ranges; a directory's entries as an array. Needs search permission "
            + "on every directory above and read permission on what is there.",
        parameters: ["Path"] + DescribedParameters.conditionsOfRead + [
            "Range", "IfRange", "WantReprDigest", "WantContentDigest", "Follow", "Limit", "Cursor", "Access",
            "Right", "User",
        ],
        answers: [
            .init(
                status: 200, description: "The bytes of the file, the entries, or the explanation.",
                content: [
                    DescribedOperation.anyBytes,
                    (
                        DescribedOperation.json,
                        [
                            "anyOf": [
                                DescribedSchemas.reference("EntryList"), DescribedSchemas.reference("Entry"),
                                DescribedSchemas.reference("AccessExplanation"), [:],
                            ]
                        ]
                    ),
                ],
                fields: DescribedFields.entry + ["Accept-Ranges", "Repr-Digest", "Content-Digest", "Link"],
                mayBeCoded: true),
            .init(
                status: 206, description: "A part of the file, or several as `multipart/byteranges`.",
                content: [DescribedOperation.anyBytes],
                fields: DescribedFields.file + [
                    "Accept-Ranges", "Repr-Digest", "Content-Range",
                ]),
            .init(
                status: 304, description: "The client has this representation.",
                fields: DescribedFields.entry),
        ],
        errors: ofPath.union(["RANGE_NOT_SATISFIABLE", "BACKEND_UNAVAILABLE", "INSTANCE_UNAVAILABLE"]))

    private static let head = DescribedOperation(
        template: template, method: .head, id: "statFile", tag: "files",
        summary: "Ask for the attributes of a file or directory",
        text: "Needs search permission on every directory above, and nothing of what is there, but read "
            + "permission for a digest, and for the page of a listing.",
        parameters: ["Path"] + DescribedParameters.conditionsOfRead + [
            "WantReprDigest", "Follow", "Limit", "Cursor", "Access", "Right", "User",
        ],
        answers: [
            .init(
                status: 200, description: "The attributes.",
                fields: DescribedFields.entry + ["Accept-Ranges", "Repr-Digest", "Link"], mayBeCoded: true),
            .init(
                status: 304, description: "The client has this representation.",
                fields: DescribedFields.entry),
        ],
        errors: ofPath)

    private static let put = DescribedOperation(
        template: template, method: .put, id: "writeFile", tag: "files", summary: "Write a file",
        text:
            "Creates the file, and directories that are missing above it, or replaces its content and keeps "
            + "mode, owner and birth. When it is answered the bytes are on stable storage.",
        parameters: ["FilePath"] + DescribedParameters.conditions + [
            "Mode", "MTime", "WantReprDigest", "IdempotencyKey",
        ] + DescribedParameters.digests,
        body: [DescribedOperation.anyBytes],
        answers: [
            .init(
                status: 200, description: "The content was replaced.",
                content: DescribedOperation.json("Entry"), fields: written),
            .init(
                status: 201, description: "The file was created.", content: DescribedOperation.json("Entry"),
                fields: written + ["Location"]),
        ],
        errors: ofChange.union(["IS_A_DIRECTORY", "DIGEST_MISMATCH", "LOCKED"]).union(unavailable))

    private static let post = DescribedOperation(
        template: template, method: .post, id: "createEntry", tag: "files",
        summary: "Create a file, a directory or a link, or copy one",
        text:
            "Refuses what exists. A path that ends in `/` makes a directory. A body of `application/json` is "
            + "a descriptor; any other is the content of the new file. With `copy_from` there is no body.",
        parameters: ["Path"] + DescribedParameters.conditions + [
            "Parents", "CopyFrom", "Overwrite", "Mode", "MTime", "WantReprDigest", "IdempotencyKey",
        ] + DescribedParameters.digests,
        body: DescribedOperation.json("FileDescriptor") + [DescribedOperation.anyBytes],
        answers: [
            .init(
                status: 200,
                description:
                    "With `parents`, the directory that was there; with `overwrite`, the replaced file.",
                content: DescribedOperation.json("Entry"), fields: written),
            .init(
                status: 201, description: "Made.", content: DescribedOperation.json("Entry"),
                fields: changed + ["Location"]),
        ],
        errors: ofChange.union(["FILE_ALREADY_EXISTS", "IS_A_DIRECTORY", "DIGEST_MISMATCH", "LOCKED"]).union(
            unavailable))

    private static let patch = DescribedOperation(
        template: template, method: .patch, id: "changeEntry", tag: "files",
        summary: "Rename, move, or change attributes",
        text:
            "A move takes everything below along, at one instant. Attributes that are sent with it change at "
            + "that instant too. Members that are not sent stay as they are.",
        parameters: ["Path"] + DescribedParameters.conditions + ["WantReprDigest", "IdempotencyKey"]
            + DescribedParameters.digests,
        body: DescribedOperation.json("EntryChange") + [
            ("application/merge-patch+json", DescribedSchemas.reference("EntryChange"))
        ], isBodyRequired: true,
        answers: [
            .init(
                status: 200, description: "The entry as it is now.",
                content: DescribedOperation.json("Entry"), fields: changed + ["Location"])
        ],
        errors: ofChange.union(["FILE_ALREADY_EXISTS", "DIRECTORY_NOT_EMPTY", "IS_A_DIRECTORY"]))

    private static let delete = DescribedOperation(
        template: template, method: .delete, id: "removeEntry", tag: "files",
        summary: "Remove a file, a directory or a tree",
        text:
            "A directory must be empty, unless `recursive` is given: then all of it goes at one instant, or "
            + "nothing where the caller could not remove everything.",
        parameters: ["Path", "Recursive"] + DescribedParameters.conditions + ["IdempotencyKey"]
            + DescribedParameters.digests,
        answers: [.init(status: 204, description: "Removed.", fields: ["Idempotency-Replayed"])],
        errors: ofChange.subtracting(["PAYLOAD_TOO_LARGE"]).union(["DIRECTORY_NOT_EMPTY"]))

    private static let copy = DescribedOperation(
        template: template, method: .copy, id: "copyEntry", tag: "files",
        summary: "Copy a file or a directory",
        text:
            "The copy shares the bytes until one of the two changes. A directory is copied with all that is "
            + "below it, at one instant, up to \(Limits.copyEntriesMax) entries, and never over what exists. "
            + "`POST` with `copy_from` does the same.",
        parameters: ["Path", "Destination", "OverwriteField", "Depth"] + DescribedParameters.conditions + [
            "WantReprDigest", "IdempotencyKey",
        ] + DescribedParameters.digests,
        answers: [
            .init(
                status: 200, description: "A file was replaced by the copy.",
                content: DescribedOperation.json("Entry"), fields: written),
            .init(
                status: 201, description: "Copied.", content: DescribedOperation.json("Entry"),
                fields: written + ["Location"]),
        ],
        errors: ofChange.union(["FILE_ALREADY_EXISTS", "IS_A_DIRECTORY"]))

    private static let ofChanged = ["Repr-Digest", "Idempotency-Replayed"]
    private static let written = DescribedFields.file + ofChanged
    private static let changed = DescribedFields.entry + ofChanged
    private static let unavailable: Set<String> = [
        "BACKEND_UNAVAILABLE", "INSTANCE_UNAVAILABLE", "LOCKS_UNAVAILABLE",
    ]
}
