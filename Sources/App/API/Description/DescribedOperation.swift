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
        /// The server wrote the body, and packs it for who wants that.
        var mayBeCoded = false
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
        tree = tree.adding("parameters", .array(allParameters.map(DescribedParameters.reference)))
        if !body.isEmpty {
            tree = tree.adding(
                "requestBody", ["required": .truth(isBodyRequired), "content": Self.content(body)])
        }
        return tree.adding("responses", .object(answers.map(member) + errorMembers))
    }

    private func member(_ answer: Answer) -> JSONTree.Member {
        var tree: JSONTree = [
            "description": .text(answer.description),
            "headers": DescribedFields.references(fields(of: answer)),
        ]
        if !answer.content.isEmpty { tree = tree.adding("content", Self.content(answer.content)) }
        return JSONTree.Member(name: String(answer.status), value: tree)
    }

    private static func content(_ content: [(mediaType: String, schema: JSONTree)]) -> JSONTree {
        .object(content.map { JSONTree.Member(name: $0.mediaType, value: ["schema": $0.schema]) })
    }

    /// One answer for each status, with the codes that it can have.
    private var errorMembers: [JSONTree.Member] {
        let errors = possibleErrors
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
                "headers": DescribedFields.references(fields(ofError: status)),
            ]
            // Clients of HEAD get the same without the body.
            if method != .head { tree = tree.adding("content", Self.content(schemas)) }
            return JSONTree.Member(name: String(status), value: tree)
        }
    }

    private var possibleErrors: [DescribedError] {
        DescribedError.of(errors).filter { error in
            (error.status != 415 || !body.isEmpty) && !answers.contains { $0.status == error.status }
        }
    }
}

// MARK: Fields

extension DescribedOperation {
    private static let digests: Set<String> = ["ContentDigest", "ReprDigest"]

    /// Whether the server writes what is sent, so that it may come packed.
    private var isRead: Bool { method == .get || method == .head }
    private var isKeyed: Bool { parameters.contains("IdempotencyKey") }

    var allParameters: [String] {
        parameters + (isRead ? ["AcceptEncoding"] : []) + DescribedParameters.common
    }

    /// All fields that an answer of this status can have, beside those that the document names once for all;
    /// nil for a status that the operation does not answer with.
    func fields(status: Int) -> [String]? {
        if let answer = answers.first(where: { $0.status == status }) { return fields(of: answer) }
        return possibleErrors.contains { $0.status == status } ? fields(ofError: status) : nil
    }

    private func fields(of answer: Answer) -> [String] {
        let isWithoutWord = answer.status == 204
        return DescribedFields.ofEveryAnswer + (isWithoutWord ? [] : ["Cache-Control"])
            + DescribedFields.limits + (answer.mayBeCoded && isRead ? ["Content-Encoding"] : [])
            + answer.fields
    }

    private func fields(ofError status: Int) -> [String] {
        let isKept = isKeyed && [400, 403, 404, 409, 412].contains(status)
        return DescribedFields.ofEveryAnswer + ["Cache-Control"]
            + (Self.isBeforeLimits(status) ? [] : DescribedFields.limits)
            + (isRead && status != 405 ? ["Content-Encoding"] : []) + (isKept ? ["Idempotency-Replayed"] : [])
            + ownFields(ofError: status)
    }

    /// Who is refused by the connection is not counted.
    private static func isBeforeLimits(_ status: Int) -> Bool { [414, 431].contains(status) }

    private func ownFields(ofError status: Int) -> [String] {
        switch status {
        case 400 where !Self.digests.isDisjoint(with: parameters):
            ["Want-Content-Digest", "Want-Repr-Digest"]
        case 401: ["WWW-Authenticate"]
        case 405: Route.files.template == template ? ["Allow", "Accept-Patch"] : ["Allow"]
        case 409 where isKeyed: ["Retry-After"]
        case 415 where method == .patch: ["Accept-Patch"]
        case 416: ["Content-Range"]
        case 423, 429, 502, 503: ["Retry-After"]
        default: []
        }
    }
}
