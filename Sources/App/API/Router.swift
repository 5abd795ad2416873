import Domain
import Ports

/// The table of routes: what a path can lead to, and the methods that it takes there.
enum Route: Int, CaseIterable {
    case files, directories, links, downloads, whoAmI, health, ready, description, metrics, peers

    /// The template, for logs and metrics: never the path itself.
    var template: String {
        switch self {
        case .files: "/v1/files/{path}"
        case .directories: "/v1/directories/{path}"
        case .links: "/v1/links/generate"
        case .downloads: "/download/{token}"
        case .whoAmI: "/v1/whoami"
        case .health: "/health"
        case .ready: "/health/ready"
        case .description: "/openapi.json"
        case .metrics: "/metrics"
        case .peers: PeerProtocol.contentsPath + "/{location}"
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .files: [.get, .head, .post, .put, .patch, .delete, .copy]
        case .links: [.post]
        case .directories, .downloads, .whoAmI, .health, .ready, .description, .metrics: [.get, .head]
        case .peers: [.get, .head, .put, .delete]
        }
    }

    /// What `Allow` says: the methods of the route, and OPTIONS, which every route has.
    var allowed: [HTTPMethod] { Self.allowed[rawValue] }

    private static let allowed = allCases.map { $0.methods + [.options] }

    /// Whether it is for clients; the others are for nodes of the deployment, and nobody else hears of them.
    var isPublic: Bool { self != .peers }

    var needsKey: Bool {
        switch self {
        case .files, .directories, .links, .whoAmI: true
        case .downloads, .health, .ready, .description, .metrics, .peers: false
        }
    }

    /// The limits that count for it.
    var limited: LimitedRoute {
        switch self {
        case .files: .files
        case .directories: .directories
        case .links: .links
        case .downloads: .downloads
        case .whoAmI, .health, .ready, .description, .metrics, .peers: .system
        }
    }

    static let filesPrefix = "/v1/files"
    static let downloadPrefix = "/download"

    /// What stands before the path of a file, or before a token.
    private var prefix: String? {
        switch self {
        case .files: Self.filesPrefix
        case .directories: "/v1/directories"
        case .downloads: Self.downloadPrefix
        case .peers: PeerProtocol.contentsPath
        case .links, .whoAmI, .health, .ready, .description, .metrics: nil
        }
    }

    /// The route of a request target, with what is behind its prefix, still percent-encoded.
    static func match(_ path: Substring) -> (route: Route, rest: Substring)? {
        let bytes = path.utf8.span
        for route in allCases {
            guard let prefix = route.prefix else {
                if bytes.count == route.template.utf8.count, bytes.begin(with: route.template) {
                    return (route, "")
                }
                continue
            }
            let length = prefix.utf8.count
            guard bytes.begin(with: prefix) else { continue }
            if bytes.count == length { return (route, "/") }
            if bytes[length] == UInt8(ascii: "/") {
                return (route, path[path.utf8.index(path.startIndex, offsetBy: length)...])
            }
        }
        return nil
    }
}

/// A request target in its two parts (RFC 3986 section 3).
struct RequestTarget {
    let path: Substring
    let query: Substring?

    init(_ target: String) {
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = target[..<mark]
            query = target[target.utf8.index(after: mark)...]
        } else {
            path = target[...]
            query = nil
        }
    }
}

extension Span<UInt8> {
    fileprivate func begin(with text: String) -> Bool {
        let prefix = text.utf8.span
        return count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }
}
