import Server

/// A machine of a test: a few files, a few variables, one writable directory or none.
struct ConfigurationFixture {
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var usableDirectories: Set<String> = [DataDirectory.systemPath]
    /// What is wrong with certificates, by their paths.
    var certificateFaults: [String: String] = [:]
    var isTerminal = false
    var request = ConfigurationRequest()

    var host: ConfigurationHost {
        ConfigurationHost(
            environment: environment,
            readFile: { [files] path in
                files[path].map { .success(Array($0.utf8)) } ?? .failure(.notFound)
            },
            isUsableDirectory: { [usableDirectories] in usableDirectories.contains($0) },
            certificateFault: { [certificateFaults] certificate, _ in certificateFaults[certificate] },
            isTerminal: isTerminal,
            // No digest, but as good as one here: different for different bytes.
            sha256: { bytes in Array((bytes + Array(repeating: 0, count: 32)).prefix(32)) })
    }

    init(yaml: String? = nil, json: String? = nil, environment: [String: String] = [:]) {
        if let yaml { files["config.yaml"] = yaml }
        if let json { files["config.json"] = json }
        self.environment = environment
    }

    func load() throws(ConfigurationError) -> LoadedConfiguration {
        try ConfigurationLoader.load(request, host)
    }

    /// What is wrong, one line a problem; empty when all is well.
    var problems: [String] {
        do throws(ConfigurationError) {
            _ = try load()
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}
