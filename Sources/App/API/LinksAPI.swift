import Domain
import Ports
import Services

/// `/v1/links/generate`: makes single-use links.
struct LinksAPI {
    let node: Node
    let errors: ErrorResponses
    let signer: LinkSigner
    let externalURL: String

    func generate(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        // The answer has a secret in it that is kept nowhere; another link costs nothing, and ends by itself.
        guard exchange.request.fields.first("idempotency-key") == nil else {
            throw .invalidRequest("A link is made anew each time: 'Idempotency-Key' is not supported here.")
        }
        try ServiceConditions.refuse(
            exchange.request.fields,
            "it would be about the making of links, which has no state, and not about the file.")
        let asked = try await order(exchange)
        exchange.request.log.path = asked.path.description
        let issued: IssuedLink
        do throws(Failure) {
            issued = try await node.issueLink(
                to: asked.path, asDirectory: asked.hasTrailingSlash, lifetime: asked.lifetime,
                signedBy: signer, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("url", externalURL + Route.downloadPrefix + "/" + issued.token.description)
        json.member("token", issued.token.description)
        json.member("expires_at", issued.expiresAt.timestamp)
        json.member("expires", issued.expiresAt.seconds)
        json.endObject()
        return exchange.answer(201, json: json.bytes)
    }

    private struct Order {
        let path: FilePath
        let hasTrailingSlash: Bool
        let lifetime: Duration
    }

    private func order(_ exchange: Exchange) async throws(ErrorAnswer) -> Order {
        var path: String?
        var seconds: Int64?
        for member in try await exchange.jsonObject(errors) {
            switch (member.name, member.node.value) {
            case ("path", .string(let text)): path = text
            case ("path", _): throw .invalidRequest("'path' is a string.")
            case ("expiry_seconds", let value):
                guard let number = value.wholeNumber, Self.lifetimes.contains(.seconds(number)) else {
                    throw Self.wrongLifetime
                }
                seconds = number
            default:
                throw .invalidRequest(
                    "There is no member '\(PrintableText.withoutControls(member.name))' here; there is: "
                        + "path, expiry_seconds.")
            }
        }
        guard let path else { throw .invalidRequest("The body has no member 'path'.") }
        guard let seconds else { throw .invalidRequest("The body has no member 'expiry_seconds'.") }
        do {
            return Order(
                path: try FilePath(parsing: path), hasTrailingSlash: path.utf8.last == UInt8(ascii: "/"),
                lifetime: .seconds(seconds))
        } catch {
            throw ErrorAnswer(error)
        }
    }

    private static let lifetimes = Limits.linkLifetimeMin...Limits.linkLifetimeMax

    private static let wrongLifetime = ErrorAnswer.invalidRequest(
        "'expiry_seconds' is a whole number from \(lifetimes.lowerBound.components.seconds) to "
            + "\(lifetimes.upperBound.components.seconds).")
}
