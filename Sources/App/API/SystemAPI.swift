import Domain
import Ports
import Services

/// What the server says of itself.
struct SystemAPI {
    let node: Node

    /// `/health`: that the process answers. `/health/ready`: that its dependencies do.
    func health(_ exchange: Exchange, asksReadiness: Bool) async throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        var json = JSONWriter()
        json.beginObject()
        guard asksReadiness else {
            json.member("status", "ok")
            json.endObject()
            return try conditioned(exchange.answer(200, json: json.bytes), exchange)
        }
        let health = await node.health()
        json.member("status", health.isReady ? "ready" : "unavailable")
        json.key("dependencies")
        json.beginArray()
        for part in health.parts {
            json.beginObject()
            json.member("name", part.name)
            json.member("available", part.isAvailable)
            if let detail = part.detail { json.member("detail", detail) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        let answer = exchange.answer(
            health.isReady ? 200 : 503, json: json.bytes, fields: health.isReady ? [] : [("retry-after", "1")]
        )
        return try conditioned(answer, exchange)
    }

    /// `/openapi.json`, which clients may keep and ask about.
    func description(
        _ exchange: Exchange, _ document: PublishedDescription.Document
    ) throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        var fields = HTTPFields()
        fields.append("content-type", "application/json")
        fields.append("cache-control", "no-cache")
        fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        fields.append("etag", document.tag.description)
        fields.append("access-control-allow-origin", "*")
        var response = HTTPResponse(status: 200, fields: fields, body: .bytes(document.bytes))
        response.mayBeCoded = true
        return try conditioned(response, exchange, tag: document.tag)
    }

    private func conditioned(
        _ response: HTTPResponse, _ exchange: Exchange, tag: EntityTag? = nil
    ) throws(ErrorAnswer) -> HTTPResponse {
        try ServiceConditions.apply(
            to: response, of: exchange, tag: tag, now: node.dependencies.time.wallNow())
    }

    /// `/metrics`.
    func metrics(
        _ exchange: Exchange, _ registry: any MetricsRegistry
    ) async throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        var fields = HTTPFields()
        fields.append("content-type", registry.mediaType)
        fields.append("cache-control", "no-store")
        fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        var response = HTTPResponse(status: 200, fields: fields, body: .bytes(await registry.text()))
        response.mayBeCoded = true
        return try conditioned(response, exchange)
    }

    func whoAmI(_ exchange: Exchange) throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        let principal = exchange.principal
        var json = JSONWriter()
        json.beginObject()
        json.member("name", principal.name)
        json.member("uid", principal.user.value)
        json.member("gid", principal.group.value)
        json.key("groups")
        json.beginArray()
        for group in principal.supplementaryGroups { json.value(group.value) }
        json.endArray()
        json.endObject()
        return try conditioned(exchange.answer(200, json: json.bytes), exchange)
    }
}
