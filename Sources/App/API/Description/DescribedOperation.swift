import Ports

/// One method of one resource, for the published description.
struct DescribedOperation {
    /// A successful answer.
    struct Answer {
        let status: Int
        let description: String
        /// By media type; none for an answer without a body.
        var content: [(mediaType: String, schema: JSONTree)] = []
        var fields: [String] = []
    }

    /// The route's template.
    let template: String
    let method: HTTPMethod
    /// `operationId`: unique, for generated clients.
    let id: String
    let tag: String
    let summary: String
    var text = ""
    /// Names in `DescribedParameters`.
    var parameters: [String] = []
    var body: [(mediaType: String, schema: JSONTree)] = []
    var isBodyRequired = false
    let answers: [Answer]
    /// Codes in `DescribedError`.
    let errors: Set<String>
    var needsKey = true

    static let json = "application/json"
    static let anyBytes: (mediaType: String, schema: JSONTree) = ("*/*", [:])

    static func json(_ schema: String) -> [(mediaType: String, schema: JSONTree)] {
        [(json, DescribedSchemas.reference(schema))]
    }

    /// The operation object of OpenAPI.
    var tree: JSONTree {
        var tree: JSONTree = ["operationId": .text(id), "tags": [.text(tag)], "summary": .text(summary)]
        if !text.isEmpty { tree = tree.adding("description", .text(text)) }
        if !needsKey { tree = tree.adding("security", []) }
        if !parameters.isEmpty {
            tree = tree.adding("parameters", .array(parameters.map(DescribedParameters.reference)))
        }
        if !body.isEmpty {
            tree = tree.adding(
                "requestBody", ["required": .truth(isBodyRequired), "content": Self.content(body)])
        }
        return tree.adding("responses", .object(answers.map(Self.member) + errorMembers))
    }

    private static func member(_ answer: Answer) -> JSONTree.Member {
        var tree: JSONTree = [
            "description": .text(answer.description), "headers": DescribedFields.references(answer.fields),
        ]
        if !answer.content.isEmpty { tree = tree.adding("content", content(answer.content)) }
        return JSONTree.Member(name: String(answer.status), value: tree)
    }

    private static func content(_ content: [(mediaType: String, schema: JSONTree)]) -> JSONTree {
        .object(content.map { JSONTree.Member(name: $0.mediaType, value: ["schema": $0.schema]) })
    }

    /// One answer for each status, with the codes that it can have.
    private var errorMembers: [JSONTree.Member] {
        let errors = DescribedError.of(errors).filter { $0.status != 415 || !body.isEmpty }
        let statuses = Set(errors.map(\.status)).sorted()
        return statuses.map { status in
            let ofStatus = errors.filter { $0.status == status }
            let description = ofStatus.map { "`\($0.code)`: \($0.meaning)" }.joined(separator: " ")
            let schemas: [(mediaType: String, schema: JSONTree)] = [
                (Self.json, DescribedSchemas.reference("Error")),
                ("application/problem+json", DescribedSchemas.reference("Problem")),
            ]
            var tree: JSONTree = [
                "description": .text(description),
                "headers": DescribedFields.references(Self.fields(ofError: status)),
            ]
            // Clients of HEAD get the same without the body.
            if method != .head { tree = tree.adding("content", Self.content(schemas)) }
            return JSONTree.Member(name: String(status), value: tree)
        }
    }

    private static func fields(ofError status: Int) -> [String] {
        switch status {
        case 401: ["WWW-Authenticate"]
        case 405: ["Allow"]
        case 416: ["Content-Range"]
        case 423, 502, 503: ["Retry-After"]
        case 429: ["Retry-After", "RateLimit", "RateLimit-Policy"]
        default: []
        }
    }
}
