/// Which settings a running server takes up on SIGHUP. Every other one holds until the next start: it names
/// what was opened at the start, or other nodes and uploads under way count on it.
package enum LiveSettings {
    package static let names: Set<String> = [
        "server.external_url", "server.cert_file", "server.key_file", "server.read_timeout",
        "server.write_timeout",
        "server.metadata_op_timeout", "server.max_connections", "server.max_body_bytes",
        "server.shutdown_timeout",
        "auth.api_keys", "auth.users", "auth.groups", "auth.default_user.name", "auth.default_user.uid",
        "auth.default_user.gid", "auth.default_user.groups", "auth.default_user.umask",
        "auth.single_use_link_secret", "auth.single_use_link_secret_previous",
        "log.level", "log.format", "log.access", "rate_limits", "metrics.on_main",
        "cors.allowed_origins", "cors.allowed_methods", "cors.allowed_headers", "cors.exposed_headers",
        "cors.max_age", "cors.allow_credentials", "compression.enabled", "compression.min_bytes",
        "backend.inline_max_bytes", "dlm.ttl", "dlm.wait_max",
    ]
}

/// How a configuration differs from the one in force, by the names of settings in the order of the table.
package struct ConfigurationChange: Sendable, Equatable {
    /// Holds from now on.
    package let takenUp: [String]
    /// Differs from what the process was started with, and waits for the next start.
    package let needsRestart: [String]

    package init(
        from inForce: LoadedConfiguration, startedWith started: LoadedConfiguration,
        to next: LoadedConfiguration
    ) {
        func differs(_ name: String, _ old: LoadedConfiguration) -> Bool {
            old.values.value(name) != next.values.value(name)
        }
        let names = SettingTable.keys.map(\.name)
        takenUp = names.filter { LiveSettings.names.contains($0) && differs($0, inForce) }
        needsRestart = names.filter { !LiveSettings.names.contains($0) && differs($0, started) }
    }
}
