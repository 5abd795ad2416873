private import Domain

/// What would keep the server from starting although its settings hold together: files and directories that
/// are not as the settings need them. Changes nothing; the server meets the same faults by itself.
package enum StartChecks {
    package static func problems(_ settings: Settings, _ host: ConfigurationHost) -> [ConfigurationProblem] {
        let messages =
            certificateFaults(settings.server, in: settings.dataDirectory, host)
            + directoryFaults(settings, host)
        return messages.map { ConfigurationProblem(source: nil, message: $0) }
    }

    private static func certificateFaults(
        _ server: ServerSettings, in directory: String, _ host: ConfigurationHost
    ) -> [String] {
        guard server.scheme == .https else { return [] }
        switch server.certificate {
        case .files(let certificate, let key):
            let faults = [("server.cert_file", certificate), ("server.key_file", key)].compactMap {
                name, path in
                fault(host.readFile(path)).map { "\(name): \(PrintableText.quoted(path)) \($0)" }
            }
            return faults.isEmpty ? pairFault(certificate, key, host) : faults
        case .filesOrGenerated(let certificate, let key):
            let outcomes = [(certificate, host.readFile(certificate)), (key, host.readFile(key))]
            if outcomes.allSatisfy({ $0.1 == .failure(.notFound) }) {
                return generatedFault(in: directory, host)
            }
            let faults = outcomes.compactMap { path, outcome in
                fault(outcome).map { "\(PrintableText.quoted(path)) \($0), but its counterpart is there" }
            }
            return faults.isEmpty ? pairFault(certificate, key, host) : faults
        }
    }

    private static func pairFault(
        _ certificate: String, _ key: String, _ host: ConfigurationHost
    ) -> [String] {
        host.certificateFault(certificate, key).map { [$0] } ?? []
    }

    /// The pair that an earlier start made; one that is not whole is made again.
    private static func generatedFault(in directory: String, _ host: ConfigurationHost) -> [String] {
        let (certificate, key) = DataDirectory.generatedPair(in: directory)
        guard host.readFile(certificate) != .failure(.notFound), host.readFile(key) != .failure(.notFound)
        else { return [] }
        return pairFault(certificate, key, host)
    }

    private static func fault(_ outcome: Result<[UInt8], ConfigurationHost.FileError>) -> String? {
        switch outcome {
        case .success: nil
        case .failure(.notFound): "is not there"
        case .failure(.tooLarge): "is too large to be a certificate or a key"
        case .failure(.unreadable(let reason)): "cannot be read: \(reason)"
        }
    }

    private static func directoryFaults(_ settings: Settings, _ host: ConfigurationHost) -> [String] {
        var directories = [("data_dir", settings.dataDirectory)]
        if settings.backend.localRootPath != settings.dataDirectory {
            directories.append(("backend.localfs_root_path", settings.backend.localRootPath))
        }
        return directories.filter { !host.isUsableDirectory($0.1) }.map { name, path in
            "\(name): \(PrintableText.quoted(path)) is no directory that this user can make or write in"
        }
    }
}
