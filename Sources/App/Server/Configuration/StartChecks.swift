private import Domain

/// What would keep the server from starting although its settings hold together: files and directories that
/// are not as the settings need them. Changes nothing; the server meets the same faults by itself.
package enum StartChecks {
    package static func problems(_ settings: Settings, _ host: ConfigurationHost) -> [ConfigurationProblem] {
        let messages = certificateFaults(settings.server, host) + directoryFaults(settings, host)
        return messages.map { ConfigurationProblem(source: nil, message: $0) }
    }

    private static func certificateFaults(_ server: ServerSettings, _ host: ConfigurationHost) -> [String] {
        guard server.scheme == .https else { return [] }
        switch server.certificate {
        case .files(let certificate, let key):
            return [("server.cert_file", certificate), ("server.key_file", key)].compactMap { name, path in
                fault(host.readFile(path)).map { "\(name): \(PrintableText.quoted(path)) \($0)" }
            }
        case .filesOrGenerated(let certificate, let key):
            let outcomes = [(certificate, host.readFile(certificate)), (key, host.readFile(key))]
            if outcomes.allSatisfy({ $0.1 == .failure(.notFound) }) { return [] }
            return outcomes.compactMap { path, outcome in
                fault(outcome).map { "\(PrintableText.quoted(path)) \($0), but its counterpart is there" }
            }
        }
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
