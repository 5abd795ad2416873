import Ports

/// The published description of the API (OpenAPI 3.1.1), made of the same limits that the server goes by.
package enum APIDescription {
    /// The document, as it is served at `/openapi.json`.
    package static func document(version: String) -> String { tree(version: version).text() + "\n" }

    static let operations = DescribedFiles.operations + DescribedService.operations

    private static func tree(version: String) -> JSONTree {
        [
            "openapi": "3.1.1",
            "info": [
                "title": "CallFS", "version": .text(version),
                "summary": "A Linux-like filesystem over HTTP.",
                "description": .text(text),
                "license": ["name": "MIT", "identifier": "MIT"],
            ],
            "servers": [["url": "/"]],
            "security": [["key": []]],
            "tags": [
                ["name": "files", "description": "Files and directories by their paths."],
                ["name": "directories", "description": "Listings, flat or recursive."],
                ["name": "links", "description": "Links that serve a file once."],
                ["name": "system", "description": "What the server says of itself."],
            ],
            "paths": paths,
            "components": [
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
                "parameters": DescribedParameters.all,
                "headers": DescribedFields.all,
                "schemas": DescribedSchemas.all,
            ],
        ]
    }

    private static func named(_ fields: [String]) -> String {
        fields.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static let text = """
        Every answer carries \(named(DescribedFields.protection)), \
        the last over TLS only. Where pages of other origins are allowed, answers to them carry \
        \(named(DescribedFields.ofCrossOrigin)). OPTIONS, which every resource has, answers with `Allow`, \
        and with `Accept-Patch` where there is PATCH. Errors are JSON objects with `code`, `message` and \
        `request_id`, or problem details (RFC 9457) for clients that accept `application/problem+json`. \
        `X-CallFS-Meta-*` fields carry user metadata both ways. A query parameter, a condition (such as \
        `If`) or a member of a body that is not described here is refused, never ignored. The method \
        `COPY` is under `x-callfs-copy`, because OpenAPI 3.1 knows no methods but its own.
        """

    private static var paths: JSONTree {
        var templates: [String] = []
        for operation in operations where !templates.contains(operation.template) {
            templates.append(operation.template)
        }
        return .object(
            templates.map { template in
                let ofTemplate = operations.filter { $0.template == template }
                return JSONTree.Member(
                    name: template,
                    value: .object(
                        ofTemplate.map {
                            let token = $0.method.token.lowercased()
                            return JSONTree.Member(
                                name: $0.method == .copy ? "x-callfs-copy" : token, value: $0.tree)
                        }))
            })
    }
}
