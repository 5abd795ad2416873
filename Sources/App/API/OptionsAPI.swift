import Ports

/// OPTIONS: which methods a resource has (RFC 9110 section 9.3.7).
enum OptionsAPI {
    /// For one route, or for the server as a whole (`*`) when that is nil.
    static func respond(_ route: Route?) -> HTTPResponse {
        let allowed = route.map(\.allowed) ?? everything
        var response = HTTPResponse(status: 204)
        response.fields.append("allow", allowed.map(\.token).joined(separator: ", "))
        if allowed.contains(.patch) { response.fields.append("accept-patch", FileChangeAPI.acceptPatch) }
        return response
    }

    /// The methods that some route has, in the order of the table.
    private static let everything: [HTTPMethod] = {
        var methods: [HTTPMethod] = []
        for method in Route.allCases.filter(\.isPublic).flatMap(\.allowed) where !methods.contains(method) {
            methods.append(method)
        }
        return methods
    }()
}
