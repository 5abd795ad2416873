import Testing

@Suite("The layer rules")
struct LayerRuleTests {
    private func messages(_ path: String, _ text: String) -> [String] {
        importViolations(SourceFile(path, text)).map(\.message)
    }

    @Test(
        "A forbidden import is found in every layer",
        arguments: [
            ("Sources/Domain/Paths/A.swift", "import Foundation"),
            ("Sources/Domain/Paths/A.swift", "import Ports"),
            ("Sources/Domain/Paths/A.swift", "import Synchronization"),
            ("Sources/Ports/A.swift", "import Glibc"),
            ("Sources/Ports/A.swift", "package import Services"),
            ("Sources/App/Services/A.swift", "import SQLite"),
            ("Sources/App/Services/A.swift", "import API"),
            ("Sources/App/API/A.swift", "import FoundationEssentials"),
            ("Sources/App/API/A.swift", "import struct HTTPServer.Listener"),
            ("Sources/Adapters/LocalFS/A.swift", "import SQLite"),
            ("Sources/Adapters/LocalFS/A.swift", "import Services"),
            ("Sources/Adapters/SQLite/A.swift", "private import COpenSSL"),
            ("Sources/Adapters/TLS/A.swift", "import Dispatch"),
            ("Sources/App/Server/A.swift", "private import CSQLite"),
            ("Sources/App/Server/A.swift", "import Foundation"),
            ("Tests/Support/A.swift", "import Memory"),
            ("Tests/Unit/Domain/A.swift", "import Memory"),
            ("Tests/ClusterSim/A.swift", "import HostSystem"),
        ])
    func forbidden(path: String, text: String) {
        #expect(messages(path, text).count == 1)
    }

    @Test(
        "What a layer needs is allowed",
        arguments: [
            ("Sources/Ports/A.swift", "package import Domain\nimport Synchronization"),
            ("Sources/App/Services/A.swift", "package import Domain\npackage import Ports"),
            ("Sources/App/API/A.swift", "import Services"),
            (
                "Sources/Adapters/SQLite/A.swift",
                "private import CSQLite\nprivate import CLinux\nimport Glibc"
            ),
            ("Sources/Adapters/TLS/A.swift", "private import COpenSSL"),
            ("Sources/Adapters/HTTPServer/A.swift", "package import EventLoop\npackage import TLS"),
            ("Sources/App/Server/A.swift", "import SQLite\nimport FoundationEssentials"),
            ("Tests/Unit/TLS/A.swift", "import Foundation\nimport Testing\nimport TLS"),
            ("Tests/ClusterSim/A.swift", "import Memory\nimport LocalFS"),
        ])
    func allowed(path: String, text: String) {
        #expect(messages(path, text) == [])
    }

    @Test("A C module is never part of what an adapter shows")
    func exportedCModule() {
        #expect(messages("Sources/Adapters/SQLite/A.swift", "package import CSQLite").count == 1)
        #expect(messages("Sources/Adapters/SQLite/A.swift", "internal import CSQLite") == [])
    }

    @Test("No re-export passes, and no testable import outside of unit tests")
    func attributes() {
        #expect(messages("Sources/Ports/A.swift", "@_exported import Domain").count == 1)
        #expect(messages("Sources/App/API/A.swift", "@testable import Services").count == 1)
        #expect(messages("Tests/Unit/TLS/A.swift", "@testable import TLS") == [])
    }

    @Test("An import in a comment or a string is none")
    func notAnImport() {
        #expect(
            messages("Sources/Domain/A/A.swift", "// import Foundation\nlet a = \"\"\"\nimport B\n\"\"\"")
                == [])
    }

    @Test("A manifest that breaks the layer table is found, one that keeps it passes")
    func manifest() {
        let broken = SourceFile(
            "Package.swift",
            """
            box("Domain", "Sources/Domain", []),
            box("Services", "Sources/App/Services", ["Domain", "Ports", "SQLite"]),
            tests(of: "Domain", "Domain", ["Domain"]),
            .testTarget(
                name: "ClusterSim", dependencies: ["HostSystem"], path: "Tests/ClusterSim"),
            """)
        let found = manifestViolations(
            broken, swiftPaths: ["Sources/Domain/A.swift", "Sources/Lost/B.swift"])
        #expect(found.map(\.line) == [2, 4, 0])
        #expect(found.map(\.message).allSatisfy { !$0.isEmpty })
        let clean = SourceFile("Package.swift", "box(\n    \"Ports\", \"Sources/Ports\", [\"Domain\"]),")
        #expect(manifestViolations(clean, swiftPaths: ["Sources/Ports/A.swift"]) == [])
        #expect(declaredTargets(clean).map(\.dependencies) == [["Domain"]])
    }

    @Test("A declared dependency that nothing imports is found")
    func unusedDependency() {
        let manifest = SourceFile("Package.swift", "box(\"Ports\", \"Sources/Ports\", [\"Domain\"]),")
        let uses = SourceFile("Sources/Ports/A.swift", "package import Domain")
        let ignores = SourceFile("Sources/Ports/B.swift", "// import Domain")
        #expect(unusedDependencyViolations(manifest, [uses, ignores]) == [])
        #expect(unusedDependencyViolations(manifest, [ignores]).map(\.line) == [1])
        #expect(
            unusedDependencyViolations(manifest, [SourceFile("Sources/Ports/Placeholder.swift", "")]) == [])
    }
}
