import Domain
import Ports
import Services

/// PATCH: renames and moves entries and changes attributes, in one commit.
struct FileChangeAPI {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    /// The media types of a body that PATCH takes (RFC 5789 section 3.1).
    static let acceptPatch = "application/json, application/merge-patch+json"

    func patch(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        _ = try exchange.query()
        let fields = exchange.request.fields
        try Self.check(fields)
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        let wanted = try DigestFields.wanted("want-repr-digest", fields)
        let body = try FileChangeBody(try await exchange.jsonObject(errors))
        var (request, destination) = try body.change(of: requested)
        request.conditions = conditions
        if let destination {
            exchange.request.log.action = .move
            exchange.request.log.destination = destination.description
        }
        let written: WrittenFile
        do {
            written = try await node.change(
                requested.path, to: destination, request, by: exchange.principal, claim: exchange.claim)
        } catch {
            throw errors.answer(to: error)
        }
        return entries.answer(written, exchange, saysWhere: destination != nil, wanted: wanted)
    }

    private static func check(_ fields: HTTPFields) throws(ErrorAnswer) {
        try FileUploadAPI.refusePartial(fields)
        for field in fields.all where field.name.hasPrefix("x-callfs-") {
            throw .invalidRequest("PATCH takes attributes in its body and not in the field '\(field.name)'.")
        }
        let essence = fields.only("content-type").flatMap { MediaType($0) }?.essence
        guard essence == "application/json" || essence == "application/merge-patch+json" else {
            var answer = ErrorAnswer(
                415, "INVALID_REQUEST", "The body of PATCH is of the type \(acceptPatch).")
            answer.fields = [("accept-patch", acceptPatch)]
            throw answer
        }
    }
}
