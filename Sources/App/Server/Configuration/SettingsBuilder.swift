private import API
private import Domain
private import Ports

/// Makes the typed settings of the values in force and checks what concerns several of them at once.
struct SettingsBuilder {
    private let values: SettingValues
    private let host: ConfigurationHost
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var notices: [String] = []

    init(_ values: SettingValues, _ host: ConfigurationHost) {
        self.values = values
        self.host = host
    }

    mutating func settings() -> Settings {
        let data = DataDirectory.choose(
            configured: values.optionalText("data_dir"), isUsable: host.isUsableDirectory)
        if let notice = data.notice { notices.append(notice) }
        return Settings(
            dataDirectory: data.path, server: server(), authentication: authentication(), log: log(),
            metrics: MetricsSettings(
                listenAddress: values.listener("metrics.listen_addr"),
                onMain: values.boolean("metrics.on_main")),
            backend: backend(data.path), metadataStore: metadataStore(),
            locks: LockSettings(
                leaseDuration: values.duration("dlm.ttl"), waitMax: values.duration("dlm.wait_max")),
            instance: instance(), limits: limits(), crossOrigin: crossOrigin(),
            compressedBytesMin: values.boolean("compression.enabled")
                ? Int(values.size("compression.min_bytes") ?? 0) : nil,
            rateLimits: values.rateLimits("rate_limits"))
    }

    private mutating func server() -> ServerSettings {
        let scheme = ServerSettings.Scheme(rawValue: values.text("server.protocol")) ?? .https
        if scheme == .http {
            notices.append(
                "server.protocol is http: keys and files travel in the clear; only a proxy that ends TLS "
                    + "may reach it."
            )
        }
        return ServerSettings(
            listenAddress: values.address("server.listen_addr"),
            externalURL: externalURL(), scheme: scheme, certificate: certificate(),
            speaksHTTP2: values.boolean("server.http2"), readTimeout: values.duration("server.read_timeout"),
            writeTimeout: values.duration("server.write_timeout"),
            fileOperationTimeout: values.duration("server.file_op_timeout"),
            metadataOperationTimeout: values.duration("server.metadata_op_timeout"),
            connectionsMax: Int(values.integer("server.max_connections")),
            bodyBytesMax: values.size("server.max_body_bytes"),
            shutdownTimeout: values.duration("server.shutdown_timeout"))
    }

    /// The default counts as unsaid; then the port is the one that the server listens on.
    private func externalURL() -> String {
        let name = "server.external_url"
        let port = values.address("server.listen_addr").port
        let isSaid = values.value(name) != SettingTable.byName[name]?.fixedDefault
        return isSaid || port == 0 ? values.text(name) : "localhost:\(port)"
    }

    /// The default names count as unnamed, so that a file that repeats all defaults says the same as none.
    private func certificate() -> ServerSettings.Certificate {
        let certificate = values.text("server.cert_file")
        let key = values.text("server.key_file")
        let isNamed = ["server.cert_file", "server.key_file"].contains { name in
            values.value(name) != SettingTable.byName[name]?.fixedDefault
        }
        return isNamed
            ? .files(certificate: certificate, key: key)
            : .filesOrGenerated(certificate: certificate, key: key)
    }

    private mutating func authentication() -> AuthenticationSettings {
        let settings = AuthenticationSettings(
            keys: values.texts("auth.api_keys").map(Secret.init), users: values.users("auth.users"),
            defaultUser: Principal(
                name: values.text("auth.default_user.name"),
                user: UserID(UInt32(values.integer("auth.default_user.uid"))),
                group: GroupID(UInt32(values.integer("auth.default_user.gid"))),
                supplementaryGroups: values.identities("auth.default_user.groups").map(GroupID.init),
                umask: values.umask("auth.default_user.umask")),
            groupNames: groupNames(),
            internalProxySecret: values.secret("auth.internal_proxy_secret"),
            internalProxySecretPrevious: values.secret("auth.internal_proxy_secret_previous"),
            singleUseLinkSecret: values.secret("auth.single_use_link_secret"),
            singleUseLinkSecretPrevious: values.secret("auth.single_use_link_secret_previous"))
        let audit = AuthenticationAudit(settings, sha256: host.sha256)
        for fault in audit.faults { report(fault.setting, sentence: fault.sentence) }
        return settings
    }

    private func groupNames() -> [GroupID: String] {
        var names: [GroupID: String] = [:]
        for (name, text) in values.map("auth.groups").sorted(by: { $0.key < $1.key }) {
            if let number = UInt32(text) { names[GroupID(number)] = name }
        }
        return names
    }

    private func log() -> LogSettings {
        let level: LogLevel =
            switch values.text("log.level") {
            case "debug": .debug
            case "warn": .warn
            case "error": .error
            default: .info
            }
        let format = values.optionalText("log.format").flatMap(LogSettings.Format.init)
        return LogSettings(
            level: level, format: format ?? (host.isTerminal ? .console : .json),
            access: values.boolean("log.access"), audit: audit())
    }

    private func audit() -> LogSettings.Audit {
        guard values.boolean("log.audit") else { return .off }
        return values.optionalText("log.audit_file").map(LogSettings.Audit.file) ?? .inLog
    }

    private mutating func backend(_ dataDirectory: String) -> BackendSettings {
        let name = values.text("backend.default_backend")
        if BackendKind(rawValue: name).map({ $0 == .memory || $0 == .disabled }) ?? true {
            report(
                "backend.default_backend",
                "names no backend: \(PrintableText.quoted(name)) is not configured; there is `localfs`")
        }
        return BackendSettings(
            localRootPath: values.optionalText("backend.localfs_root_path") ?? dataDirectory,
            inlineBytesMax: Int(values.size("backend.inline_max_bytes") ?? 0))
    }

    private mutating func metadataStore() -> MetadataStoreSettings {
        guard let address = values.optionalText("metadata_store.dsn") else {
            return MetadataStoreSettings(databaseDirectory: nil)
        }
        if address.hasPrefix("sqlite:") {
            let path = address.dropFirst("sqlite:".count)
            return MetadataStoreSettings(databaseDirectory: path.isEmpty ? nil : String(path))
        }
        if !address.hasPrefix("postgres:"), !address.hasPrefix("postgresql:") {
            // Not repeated: such a text holds a password.
            report("metadata_store.dsn", "expects `sqlite:DIRECTORY`, or nothing for the embedded store")
        }
        return MetadataStoreSettings(databaseDirectory: nil)
    }

    private func instance() -> InstanceSettings {
        guard let instanceID = InstanceID(values.text("instance_discovery.instance_id")) else {
            preconditionFailure("the decoder lets no other text pass")
        }
        return InstanceSettings(instanceID: instanceID)
    }

    private mutating func limits() -> LimitSettings {
        let limits = LimitSettings(
            reclaimGrace: values.duration("limits.reclaim_grace"),
            sweepAge: values.duration("limits.sweep_age"),
            headerBytesMax: Int(values.size("limits.header_bytes_max") ?? 0),
            writeDurationMax: values.duration("limits.write_duration_max"))
        if limits.sweepAge < limits.reclaimGrace {
            report("limits.sweep_age", "must not be shorter than limits.reclaim_grace")
        }
        if limits.sweepAge < limits.writeDurationMax {
            // A younger limit would sweep away the content of an upload that still runs.
            report("limits.sweep_age", "must not be shorter than limits.write_duration_max")
        }
        return limits
    }

    private mutating func crossOrigin() -> CrossOriginPolicy? {
        let origins = values.texts("cors.allowed_origins")
        guard !origins.isEmpty else { return nil }
        for origin in origins where !Origin.isValid(origin) {
            report(
                "cors.allowed_origins",
                "expects origins as browsers send them, such as `https://app.example:8443`, and "
                    + "\(PrintableText.quoted(origin)) is not one")
        }
        let allowsCredentials = values.boolean("cors.allow_credentials")
        if allowsCredentials, origins.contains("*") {
            report("cors.allow_credentials", "cannot be together with the origin `*`: name the origins")
        }
        for name in ["cors.allowed_methods", "cors.allowed_headers", "cors.exposed_headers"] {
            for text in values.texts(name) where !FieldScanner.isToken(text) {
                report(name, "expects names, and \(PrintableText.quoted(text)) is not one")
            }
        }
        var policy = CrossOriginPolicy(allowedOrigins: origins)
        let methods = values.texts("cors.allowed_methods")
        if !methods.isEmpty { policy.allowedMethods = methods }
        let headers = values.texts("cors.allowed_headers")
        if !headers.isEmpty { policy.allowedHeaders = headers }
        let exposed = values.texts("cors.exposed_headers")
        if !exposed.isEmpty { policy.exposedHeaders = exposed }
        policy.maxAge = values.duration("cors.max_age")
        policy.allowsCredentials = allowsCredentials
        return policy
    }

    private mutating func report(_ name: String, _ clause: String) {
        report(name, sentence: "\(name) \(clause)")
    }

    private mutating func report(_ name: String, sentence: String) {
        let source = values.source(name)
        problems.append(ConfigurationProblem(source: source == .defaults ? nil : source, message: sentence))
    }
}
