import Testing

@Suite("The repository is tidy")
struct RepositoryTests {
    @Test("No file breaks a rule of layers, text, size or style")
    func everyFileIsTidy() throws {
        let repository = try Repository()
        #expect(repository.files.count > 20, "the repository was not found")
        report(repository.files.flatMap { violations(in: $0) })
    }

    @Test("The tree as a whole keeps its rules")
    func theTreeIsTidy() throws {
        let repository = try Repository()
        report(violations(in: repository.files, repository.entries))
    }

    /// One issue for all, so that the list reads as a compiler's does.
    private func report(_ violations: [Violation]) {
        guard !violations.isEmpty else { return }
        Issue.record("\n\(violations.map(\.description).joined(separator: "\n"))")
    }

    @Test("Every box that Package.swift declares is found by the rules")
    func theManifestIsUnderstood() throws {
        let repository = try Repository()
        let manifest = try #require(repository.files.first { $0.path == "Package.swift" })
        let names = Set(declaredTargets(manifest).map(\.name))
        #expect(
            names.isSuperset(of: ["Domain", "Ports", "Services", "API", "Server", "SQLite", "ClusterSim"]))
        #expect(names.isSuperset(of: ["DomainTests", "HTTPServerTests", "LocalFSTests", "TestSupport"]))
    }
}
