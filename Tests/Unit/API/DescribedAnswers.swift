import Ports
import Testing

@testable import API

/// Compares answers with the published description. `TestClient` does so with every answer that it gets, so
/// whatever a test of the API brings about is described.
enum DescribedAnswers {
    /// Fields that the document names once for all answers, or that say how the body is to be read, which it
    /// has under `content`.
    private static let everywhere = Set(
        (DescribedFields.protection + DescribedFields.ofCrossOrigin + ["Content-Type"]).map {
            $0.lowercased()
        })

    /// The operation that a request is for; nil for OPTIONS, for methods that the resource does not have, and
    /// where there is no resource.
    static func operation(_ method: String, _ target: String) -> DescribedOperation? {
        guard let (route, _) = Route.match(RequestTarget(target).path) else { return nil }
        return APIDescription.operations.first {
            $0.template == route.template && $0.method.token == method
        }
    }

    /// The names of the fields that an answer has of its own.
    static func names(_ fields: HTTPFields) -> Set<String> {
        let all = fields.all.map(\.name) + fields.blocks.flatMap { $0.fields.map(\.name) }
        return Set(all.filter { !everywhere.contains($0) && !$0.hasPrefix(UserMetadataFields.prefix) })
    }

    static func described(_ operation: DescribedOperation, _ status: Int) -> Set<String>? {
        operation.fields(status: status).map { Set($0.map { $0.lowercased() }) }
    }

    private static func text(_ body: HTTPResponse.Body) -> String {
        guard case .bytes(let bytes) = body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func check(_ response: HTTPResponse, to method: String, _ target: String) {
        guard let operation = operation(method, target) else { return }
        // A listener may have less than all routes.
        if response.status == 404, text(response.body).contains("\"code\":\"NOT_FOUND\"") { return }
        guard let described = described(operation, response.status) else {
            Issue.record("\(method) \(target) is answered with \(response.status), which is not described")
            return
        }
        let foreign = names(response.fields).subtracting(described)
        if !foreign.isEmpty {
            Issue.record(
                "\(operation.id), \(response.status): sent and not described: \(foreign.sorted())")
        }
    }
}
