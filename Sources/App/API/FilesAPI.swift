import Domain
import Ports
import Services

/// `/v1/files/{path}`: files and directories by their paths.
struct FilesAPI {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    func respond(to exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        switch exchange.request.method {
        case .post, .put, .patch, .delete, .copy:
            try await OncePerKey(node: node, errors: errors, entries: entries).respond(to: exchange) {
                exchange throws(ErrorAnswer) in try await perform(exchange)
            }
        case .get, .head, .options, .other: try await perform(exchange)
        }
    }

    private func perform(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        if FileCopyAPI.isAsked(exchange) {
            return try await FileCopyAPI(node: node, errors: errors, entries: entries).respond(to: exchange)
        }
        return switch exchange.request.method {
        case .get where AccessAPI.isAsked(exchange), .head where AccessAPI.isAsked(exchange):
            try await AccessAPI(node: node, errors: errors, identities: entries.identities).explain(exchange)
        case .get: try await FileDownload(node: node, errors: errors, entries: entries).get(exchange)
        case .head: try await FileDownload(node: node, errors: errors, entries: entries).head(exchange)
        case .put: try await FileUploadAPI(node: node, errors: errors, entries: entries).put(exchange)
        case .post: try await FileUploadAPI(node: node, errors: errors, entries: entries).post(exchange)
        case .delete: try await delete(exchange)
        case .patch: try await FileChangeAPI(node: node, errors: errors, entries: entries).patch(exchange)
        case .copy, .options, .other: throw .methodNotAllowed(.files)
        }
    }

    private func delete(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let query = try exchange.query(knowing: ["recursive"])
        let isRecursive = try query.flag("recursive")
        try DigestFields.check(exchange.request.fields, body: [], exchange.hash)
        let conditions = try Conditions(exchange.request.fields, now: node.dependencies.time.wallNow())
        do throws(Failure) {
            if isRecursive {
                try await node.removeTree(
                    requested.path, asDirectory: requested.hasTrailingSlash, conditions: conditions,
                    by: exchange.principal, claim: exchange.claim)
            } else {
                try await node.remove(
                    requested.path, asDirectory: requested.hasTrailingSlash, conditions: conditions,
                    by: exchange.principal, claim: exchange.claim)
            }
        } catch {
            throw errors.answer(to: error)
        }
        return .noContent
    }
}
