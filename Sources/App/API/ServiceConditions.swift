import Domain
import Ports

/// Conditions on what is no file or directory: what the server says of itself, and what it makes on demand.
enum ServiceConditions {
    /// The answer to a read under the conditions of its request (RFC 9110 section 13.2). `tag` is that of the
    /// answer; nil for one that has no validator, which only `*` matches. They count for a success alone.
    static func apply(
        to answer: HTTPResponse, of exchange: Exchange, tag: EntityTag? = nil, now: WallTime
    ) throws(ErrorAnswer) -> HTTPResponse {
        let conditions = try Conditions(exchange.request.fields, now: now)
        guard !conditions.isEmpty, answer.status == 200 else { return answer }
        let outcome =
            tag.map { conditions.evaluate(tag: $0, modifiedAt: nil, isRead: true) }
            ?? conditions.outcomeWithoutValidators
        switch outcome {
        case .proceed: return answer
        case .failed: throw .conditionFailed
        case .notModified: return notModified(answer)
        }
    }

    /// 304 with the fields of the 200 that are not about its body (section 15.4.5).
    private static func notModified(_ answer: HTTPResponse) -> HTTPResponse {
        var response = HTTPResponse(status: 304)
        for field in answer.fields.all where field.name != "content-type" {
            response.fields.append(field.name, field.value)
        }
        response.mayBeCoded = answer.mayBeCoded
        response.variesByAccept = answer.variesByAccept
        return response
    }

    /// Refuses conditions where nothing is that they could be about. Not those that a method without a
    /// representation to read passes over by their own definition (sections 13.1.3 and 13.1.5).
    static func refuse(_ fields: HTTPFields, _ reason: String) throws(ErrorAnswer) {
        for name in ["if-match", "if-none-match", "if-unmodified-since"] where fields.first(name) != nil {
            throw .invalidRequest("The condition '\(name)' cannot be kept here: \(reason)")
        }
    }
}
