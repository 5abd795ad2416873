import Ports

/// OPTIONS: which methods a resource has (RFC 9110 section 9.3.7).
enum OptionsAPI {
    /// For one route, or for the server as a whole (`*`) when that is nil.
    static func respond(_ route: Route?) -> HTTPResponse {
        var response = HTTPResponse.noContent
        for field in fields(of: route) { response.fields.append(field.name, field.value) }
        return response
    }

    /// What an answer says of the methods, also one that refuses another (section 15.5.6).
    static func fields(of route: Route?) -> [(name: String, value: String)] {
        let allowed = route.map(\.allowed) ?? everything
        let methods = ("allow", allowed.map(\.token).joined(separator: ", "))
        return allowed.contains(.patch) ? [methods, ("accept-patch", FileChangeAPI.acceptPatch)] : [methods]
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
