import Domain
import Ports
import Services

/// `GET /v1/files/{path}?access=explain`: whether somebody could do something, and by which bits of what.
struct AccessAPI {
    let node: Node
    let errors: ErrorResponses
    let identities: Identities

    static func isAsked(_ exchange: Exchange) -> Bool {
        QueryParameters.names("access", in: exchange.target.query)
    }

    func explain(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let query = try exchange.query(knowing: ["access", "right", "user"])
        guard query["access"] == "explain" else {
            throw .invalidRequest("The query parameter 'access' is 'explain'.")
        }
        guard let question = query["right"].flatMap(AccessQuestion.init(rawValue:)) else {
            throw .invalidRequest("The query parameter 'right' is 'read', 'write' or 'remove'.")
        }
        let subject = try subject(query["user"], asker: exchange.principal)
        let explanation: AccessExplanation
        do {
            explanation = try await node.explain(
                question, requested.path, asDirectory: requested.hasTrailingSlash, by: subject)
        } catch {
            throw errors.answer(to: error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("path", requested.path.description)
        json.member("user", subject.name)
        json.member("right", question.rawValue)
        json.member("allowed", explanation.isAllowed)
        DecidedBy(explanation).write(to: &json)
        json.endObject()
        return try ServiceConditions.apply(
            to: exchange.answer(200, json: json.bytes), of: exchange,
            now: node.dependencies.time.wallNow())
    }

    /// Whom the question is about. Others hear the same of every name but their own, so that nobody finds
    /// out who there is.
    private func subject(_ name: String?, asker: Principal) throws(ErrorAnswer) -> Principal {
        guard let name, !name.utf8.elementsEqual(asker.name.utf8) else { return asker }
        guard asker.isSuperuser else {
            throw ErrorAnswer(
                403, "PERMISSION_DENIED", "Only the superuser asks what another user may do.")
        }
        guard let other = identities.principal(named: name) else {
            throw .invalidRequest("There is no user \(PrintableText.quoted(name)).")
        }
        return other
    }
}
