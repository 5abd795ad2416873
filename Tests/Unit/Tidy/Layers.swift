/// The layer a file belongs to, by its folder. The order is the order of dependencies: a layer knows those
/// before it.
enum Layer: Equatable {
    case domain, ports, services, api
    case adapter(String)
    case server
    case support
    case tests(String)

    init?(path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return nil }
        switch (parts[0], parts[1], parts[2]) {
        case ("Sources", "Domain", _): self = .domain
        case ("Sources", "Ports", _): self = .ports
        case ("Sources", "App", "Services"): self = .services
        case ("Sources", "App", "API"): self = .api
        case ("Sources", "App", "Server"): self = .server
        case ("Sources", "Adapters", "CModules"): return nil
        case ("Sources", "Adapters", let adapter): self = .adapter(adapter)
        case ("Tests", "Support", _): self = .support
        case ("Tests", "Unit", let box): self = .tests(box)
        case ("Tests", let suite, _): self = .tests(suite)
        default: return nil
        }
    }
}

/// Who may import whom: the picture in docs/ARCHITECTURE.md as a table.
enum LayerTable {
    /// The modules of this package that are adapters; only the server and tests name them.
    static let adapters: Set = [
        "AzureBlob", "Compression", "Disabled", "EventLoop", "HTTPClient", "HTTPServer", "HostSystem",
        "LocalFS", "Memory",
        "Observability", "Peers", "Postgres", "Redis", "RemoteDeployment", "S3", "SQLite", "TLS", "YAML",
    ]

    /// Machinery that adapters share; any other adapter is closed to them.
    static let sharedAdapters: Set = ["EventLoop", "TLS"]

    /// The C libraries, each with the adapters (by folder) that may see it. `CLinux` holds system calls that
    /// Swift does not offer, so every adapter may.
    static let cModules: [String: Set<String>] = [
        "CHiredis": ["Redis"],
        "CNGHTTP2": ["HTTPServer"],
        "COpenSSL": ["TLS", "System"],
        "CPostgres": ["Postgres"],
        "CSQLite": ["SQLite"],
        "CCurl": ["HTTPClient"],
        "CYAML": ["YAML"],
        "CZlib": ["Compression"],
        "CZstd": ["Compression"],
    ]

    static let core: Set = ["API", "Domain", "Ports", "Services"]

    /// Modules of the toolchain by layer. Foundation is nowhere: it costs start-up time and memory, and
    /// brings clocks, threads and locales with it.
    static func systemModules(_ layer: Layer) -> Set<String> {
        switch layer {
        case .domain: []
        case .ports, .services, .api: ["Synchronization"]
        case .adapter: ["Glibc", "Synchronization"]
        case .server: ["Glibc", "Synchronization", "FoundationEssentials"]
        case .support: ["Glibc", "Synchronization", "Testing"]
        case .tests: ["Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing"]
        }
    }

    /// The modules of this package that a layer may use.
    static func modules(_ layer: Layer) -> Set<String> {
        switch layer {
        case .domain: []
        case .ports: ["Domain"]
        case .services: ["Domain", "Ports"]
        case .api: ["Domain", "Ports", "Services"]
        case .adapter(let folder): adapterModules(folder)
        case .server: core.union(adapters).union(["CLinux"])
        case .support: ["Domain", "Ports"]
        case .tests("Domain"): ["Domain", "PortContracts", "TestSupport"]
        case .tests("Contracts"): ["Domain", "Ports", "TestSupport"]
        case .tests("ClusterSim"):
            core.union([
                "AzureBlob", "CRuntimeHooks", "LocalFS", "Memory", "Peers", "RemoteDeployment", "S3",
                "NodeSupport", "ObjectStoreSupport", "PortContracts",
                "SimCheckers", "SimCore", "SimStories", "SimWorkloads", "SimWorld", "TestSupport",
            ])
        case .tests("Differential"):
            core.union(["CKernel", "KernelComparison", "Memory", "SQLite", "TestSupport"])
        case .tests:
            core.union(adapters).union(cModules.keys).union([
                "CLinux", "NodeSupport", "ObjectStoreSupport", "PortContracts", "Server", "TestSupport",
            ])
        }
    }

    private static func adapterModules(_ folder: String) -> Set<String> {
        let own = cModules.filter { $0.value.contains(folder) }.keys
        return Set(["Domain", "Ports", "CLinux"]).union(own).union(sharedAdapters)
    }
}
