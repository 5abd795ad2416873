// swift-tools-version: 6.2
import PackageDescription

/// The settings that every Swift target is built with; `scripts/check` adds the import check on top.
///
/// Accesses to the properties of classes are checked for overlap in debug builds, which all Swift tests are;
/// a release build is spared it (docs/BENCHMARKS.md, "What limits each").
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-Xfrontend", "-function-sections"],
        .when(configuration: .release)),
]

/// How the program is linked: the functions that requests spend their time in side by side, as
/// `scripts/hot-functions` has found them (docs/BENCHMARKS.md, "What limits each").
let hotFunctionsTogether: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld",
            "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/scripts/lib/hot-functions.txt",
            "-Xlinker", "--no-warn-symbol-ordering",
        ], .when(configuration: .release))
]

/// One box of the architecture: a target at a path, which may import what it names and nothing else.
func box(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

/// The unit tests of one box, at the same place below `Tests/Unit` as the box is below `Sources`.
func tests(of name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["PortContracts", "TestSupport"],
        path: "Tests/Unit/" + path,
        swiftSettings: settings)
}

let package = Package(
    name: "callfs",
    products: [
        .executable(name: "callfs", targets: ["Server"]),
        .executable(name: "callfs-sim", targets: ["SimCommand"]),
        .executable(name: "callfs-kernel", targets: ["KernelCommand"]),
    ],
    targets: [
        // MARK: C libraries
        .target(
            name: "CLinux", path: "Sources/Adapters/CModules/CLinux",
            cSettings: [.unsafeFlags(["-O2", "-ffunction-sections"])]),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/Adapters/CModules/COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CNGHTTP2", path: "Sources/Adapters/CModules/CNGHTTP2", pkgConfig: "libnghttp2",
            providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(
            name: "CPostgres", path: "Sources/Adapters/CModules/CPostgres", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CSQLite", path: "Sources/Adapters/CModules/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CZlib", path: "Sources/Adapters/CModules/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CZstd", path: "Sources/Adapters/CModules/CZstd", pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CYAML", path: "Sources/Adapters/CModules/CYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"])]),

        // MARK: Core
        box("Domain", "Sources/Domain", []),
        box("Ports", "Sources/Ports", ["Domain"]),
        box("Services", "Sources/App/Services", ["Domain", "Ports"]),
        box("API", "Sources/App/API", ["Domain", "Ports", "Services"]),

        // MARK: Adapters
        box("EventLoop", "Sources/Adapters/EventLoop", ["Domain", "Ports", "CLinux"]),
        box("TLS", "Sources/Adapters/TLS", ["Domain", "Ports", "COpenSSL", "CLinux"]),
        box(
            "HTTPServer", "Sources/Adapters/HTTPServer",
            ["Domain", "Ports", "EventLoop", "TLS", "CLinux", "CNGHTTP2"]),
        box("LocalFS", "Sources/Adapters/LocalFS", ["Domain", "Ports"]),
        box("SQLite", "Sources/Adapters/SQLite", ["Domain", "Ports", "CSQLite"]),
        box(
            "Postgres", "Sources/Adapters/Postgres", ["Domain", "Ports", "EventLoop", "CLinux", "CPostgres"]),
        box("Memory", "Sources/Adapters/Memory", ["Domain", "Ports"]),
        box("HostSystem", "Sources/Adapters/System", ["Domain", "Ports", "EventLoop", "CLinux", "COpenSSL"]),
        box("Observability", "Sources/Adapters/Observability", ["Domain", "Ports", "CLinux"]),
        box("Compression", "Sources/Adapters/Compression", ["Domain", "Ports", "CZlib", "CZstd"]),
        box("Peers", "Sources/Adapters/Peers", ["Domain", "Ports"]),
        box("S3", "Sources/Adapters/S3", ["Domain", "Ports"]),
        box("YAML", "Sources/Adapters/YAML", ["Domain", "CYAML"]),

        // MARK: The program
        .executableTarget(
            name: "Server",
            dependencies: [
                "Domain", "Ports", "Services", "API", "EventLoop", "TLS", "HTTPServer", "LocalFS", "SQLite",
                "Memory",
                "HostSystem", "Observability", "Compression", "YAML", "CLinux",
            ],
            path: "Sources/App/Server", swiftSettings: settings, linkerSettings: hotFunctionsTogether),

        // MARK: Tests
        box("TestSupport", "Tests/Support", ["Domain", "Ports"]),
        box("PortContracts", "Tests/Contracts", ["Domain", "Ports", "TestSupport"]),
        box("ObjectStoreSupport", "Tests/ObjectStore", ["Domain", "Ports", "S3"]),
        box(
            "NodeSupport", "Tests/NodeSupport",
            ["Domain", "Ports", "Services", "API", "Memory", "Peers", "TestSupport"]),
        tests(of: "Domain", "Domain", ["Domain"]),
        tests(of: "Services", "Services", ["Domain", "Ports", "Services", "Memory", "NodeSupport"]),
        tests(of: "API", "API", ["Domain", "Ports", "Services", "API", "Memory", "NodeSupport"]),
        tests(of: "Server", "Server", ["Domain", "Ports", "API", "Server", "YAML"]),
        tests(of: "EventLoop", "EventLoop", ["Domain", "Ports", "EventLoop", "CLinux"]),
        tests(of: "TLS", "TLS", ["Domain", "Ports", "TLS", "COpenSSL", "CLinux"]),
        tests(
            of: "HTTPServer", "HTTPServer",
            ["Domain", "Ports", "HTTPServer", "EventLoop", "TLS", "CLinux", "COpenSSL", "CNGHTTP2"]),
        tests(of: "LocalFS", "LocalFS", ["Domain", "Ports", "LocalFS", "HostSystem", "EventLoop", "Memory"]),
        tests(of: "SQLite", "SQLite", ["Domain", "Ports", "SQLite", "Memory", "CSQLite"]),
        tests(
            of: "Postgres", "Postgres", ["Domain", "Ports", "Postgres", "EventLoop", "Memory", "CLinux"]),
        tests(of: "Memory", "Memory", ["Domain", "Ports", "Memory"]),
        tests(
            of: "Peers", "Peers",
            ["Domain", "Ports", "Services", "API", "HostSystem", "Memory", "Peers", "NodeSupport"]),
        tests(of: "S3", "S3", ["Domain", "Ports", "S3", "HostSystem", "Memory", "ObjectStoreSupport"]),
        tests(of: "HostSystem", "System", ["Domain", "Ports", "HostSystem", "EventLoop", "CLinux"]),
        tests(of: "Observability", "Observability", ["Domain", "Ports", "Observability"]),
        tests(of: "Compression", "Compression", ["Domain", "Ports", "Compression", "CZlib", "CZstd"]),
        tests(of: "YAML", "YAML", ["Domain", "Ports", "YAML"]),
        .testTarget(name: "TidyTests", path: "Tests/Unit/Tidy", swiftSettings: settings),

        // MARK: The cluster simulator
        .target(name: "CRuntimeHooks", path: "Tests/ClusterSim/CRuntimeHooks"),
        box("SimCore", "Tests/ClusterSim/Core", ["Domain", "Ports", "CRuntimeHooks"]),
        box("SimCheckers", "Tests/ClusterSim/Checkers", ["Domain"]),
        box(
            "SimWorld", "Tests/ClusterSim/World",
            [
                "SimCore", "SimCheckers", "Domain", "Ports", "Services", "API", "LocalFS", "Memory", "Peers",
                "S3", "ObjectStoreSupport",
            ]),
        box(
            "SimWorkloads", "Tests/ClusterSim/Workloads",
            ["SimCore", "SimCheckers", "SimWorld", "Domain", "Ports"]),
        box(
            "SimStories", "Tests/ClusterSim/Stories",
            ["SimCore", "SimCheckers", "SimWorld", "Domain", "Ports", "Services", "Memory"]),
        .executableTarget(
            name: "SimCommand",
            dependencies: ["CRuntimeHooks", "SimCore", "SimWorld", "SimWorkloads", "SimStories", "Domain"],
            path: "Tests/ClusterSim/Command", swiftSettings: settings),
        .testTarget(
            name: "ClusterSim",
            dependencies: [
                "SimCheckers", "SimCore", "SimWorld", "SimWorkloads", "SimStories",
                "Domain", "Ports", "Services", "API", "LocalFS", "Memory", "PortContracts", "TestSupport",
            ],
            path: "Tests/ClusterSim/Suites", swiftSettings: settings),

        .target(name: "CKernel", path: "Tests/Differential/CKernel"),
        box(
            "KernelComparison", "Tests/Differential/Comparison",
            ["Domain", "Ports", "Services", "API", "Memory", "SQLite", "TestSupport", "CKernel"]),
        .executableTarget(
            name: "KernelCommand", dependencies: ["KernelComparison"], path: "Tests/Differential/Command",
            swiftSettings: settings),
        .testTarget(
            name: "Differential", dependencies: ["KernelComparison"], path: "Tests/Differential/Suites",
            swiftSettings: settings),
    ]
)
