private import Domain

/// One key of the configuration: everything that the loader, the example, the reference and the tests need to
/// know of it. All of them are in `SettingTable`.
package struct SettingKey: Sendable {
    /// With dots, as `server.listen_addr`.
    package let name: String
    /// Other spellings of the same key.
    package let aliases: [String]
    package let type: SettingType
    package let fallback: SettingDefault
    package let availability: SettingAvailability
    /// One sentence or two, without a line break.
    package let documentation: String
    /// Masked wherever it would show.
    package let isSecret: Bool

    init(
        _ name: String, _ type: SettingType, _ fallback: SettingDefault,
        _ availability: SettingAvailability, _ documentation: String, aliases: [String] = [],
        isSecret: Bool? = nil
    ) {
        self.name = name
        self.aliases = aliases
        self.type = type
        self.fallback = fallback
        self.availability = availability
        self.documentation = documentation
        self.isSecret = isSecret ?? type.isSecret
    }

    /// A key that does all it says now.
    init(_ name: String, _ type: SettingType, _ fallback: SettingDefault, _ documentation: String) {
        self.init(name, type, fallback, .now, documentation)
    }

    package var names: [String] { [name] + aliases }

    /// `CALLFS_` and the name with `_` for each dot, and unambiguously with `__` for each dot.
    package var variables: [String] {
        var variables: [String] = []
        for name in names {
            for separator in ["_", "__"] {
                let variable = Self.variablePrefix + Self.uppercased(name, dot: separator)
                if !variables.contains(variable) { variables.append(variable) }
            }
        }
        return variables
    }

    package static let variablePrefix = "CALLFS_"

    private static func uppercased(_ name: String, dot: String) -> String {
        name.map { $0 == "." ? dot : $0.uppercased() }.joined()
    }
}

/// What holds when nothing is said.
package enum SettingDefault: Sendable, Hashable {
    /// Nothing: an empty text, list or map.
    case none
    /// In the notation of a variable.
    case fixed(String)
    /// Follows from something else, in words.
    case derived(String)
}

/// What this build can do with a key.
package enum SettingAvailability: Sendable, Hashable {
    case now
    /// Checked, and of no use before the feature is there; a notice says so.
    case unused(LaterFeature)
    /// Any value but the default is refused.
    case later(LaterFeature)
    /// These values, or those that start so, are refused; all others hold.
    case laterValues([String: LaterFeature])
}

/// What the configuration can ask for and this build cannot do.
package enum LaterFeature: String, Sendable, Hashable, CaseIterable {
    case postgres
    case redis
    case s3
    case azure
    case remoteBackend
    case namedBackends
    case peers
    case readCache
    case metadataCache
    case importing

    /// A clause that says what is missing.
    package var isMissing: String {
        switch self {
        case .postgres: "PostgreSQL is not supported yet"
        case .redis: "Redis is not supported yet"
        case .s3: "S3 is not supported yet"
        case .azure: "Azure Blob Storage is not supported yet"
        case .remoteBackend: "remote deployments as a backend are not supported yet"
        case .namedBackends: "further named backends are not supported yet"
        case .peers: "peers are not supported yet"
        case .readCache: "the read cache is not supported yet"
        case .metadataCache: "the metadata cache cannot be configured yet"
        case .importing: "importing an existing tree is not supported yet"
        }
    }

    /// A clause that says what this build does in its place.
    package var instead: String {
        switch self {
        case .postgres: "this build serves one node, from its embedded store"
        case .redis: "this build serves one node, which keeps its locks itself"
        case .s3, .azure, .remoteBackend, .namedBackends:
            "this build keeps contents on the local disk (localfs)"
        case .peers: "this build serves one node"
        case .readCache: "this build only reads the local disk"
        case .metadataCache, .importing:
            "this build starts without"
        }
    }
}
