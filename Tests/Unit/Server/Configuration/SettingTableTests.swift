import Server
import Testing
import YAML

/// Every key of the table in each of its notations. The cases are made from the table, so that a new key is
/// covered by being there.
@Suite("The table of settings")
struct SettingTableTests {
    /// All that the product's documents name, so that no key gets lost from the table.
    private static let documented = [
        "data_dir", "server.listen_addr", "server.external_url", "server.cert_file", "server.key_file",
        "server.protocol", "server.http2", "server.read_timeout", "server.write_timeout",
        "server.file_op_timeout",
        "server.metadata_op_timeout", "server.max_connections", "server.max_body_bytes",
        "server.shutdown_timeout", "auth.api_keys", "auth.users", "auth.default_user.name",
        "auth.default_user.uid", "auth.default_user.gid", "auth.internal_proxy_secret",
        "auth.internal_proxy_secret_previous", "auth.single_use_link_secret",
        "auth.single_use_link_secret_previous", "log.level", "log.format", "log.access", "log.audit",
        "log.audit_file",
        "metrics.listen_addr", "metrics.on_main", "backend.default_backend", "backend.localfs_root_path",
        "backend.localfs_import", "backend.inline_max_bytes", "backend.s3_access_key",
        "backend.s3_secret_key",
        "backend.s3_session_token", "backend.s3_region", "backend.s3_bucket_name", "backend.s3_endpoint",
        "backend.s3_server_side_encryption", "backend.s3_acl", "backend.s3_kms_key_id",
        "backend.s3_storage_class", "backend.s3_path_style", "backend.s3_create_bucket", "backend.s3_prefix",
        "backend.s3.access_key", "backend.s3.secret_key", "backend.s3.session_token", "backend.s3.region",
        "backend.s3.bucket_name", "backend.s3.endpoint", "backend.s3.server_side_encryption",
        "backend.s3.acl",
        "backend.s3.kms_key_id", "backend.s3.storage_class", "backend.s3.path_style",
        "backend.s3.create_bucket", "backend.s3.prefix", "backend.azureblob.account", "backend.azureblob.key",
        "backend.azureblob.sas", "backend.azureblob.container", "backend.azureblob.tier",
        "backend.azureblob.endpoint", "backend.remote.url", "backend.remote.api_key", "backend.remote.prefix",
        "backend.remote.ca_file", "backends", "backend.internal_proxy_skip_tls_verify", "peers.ca_file",
        "peers.client_cert_file", "peers.client_key_file", "peers.wait_max", "backend.cache.path",
        "backend.cache.max_bytes", "placement.on_owner_down", "metadata_store.dsn",
        "metadata_store.pool_per_loop", "metadata_store.statement_timeout", "metadata_cache.mode",
        "metadata_cache.ttl", "metadata_cache.entries", "dlm.type", "dlm.redis_addr", "dlm.redis_password",
        "dlm.redis_user", "dlm.redis_tls", "dlm.sentinel.addrs", "dlm.sentinel.master", "dlm.ttl",
        "dlm.wait_max", "dlm.on_unavailable", "instance_discovery.instance_id",
        "instance_discovery.peer_endpoints", "rate_limits", "limits.reclaim_grace", "limits.sweep_age",
        "limits.header_bytes_max", "limits.write_duration_max",
        "cors.allowed_origins", "cors.allowed_methods", "cors.allowed_headers", "cors.exposed_headers",
        "cors.max_age", "cors.allow_credentials", "compression.enabled", "compression.min_bytes",
    ]

    /// The variables of the product's documents, by their exact names, and their defaults.
    private static let documentedVariables =
        [
            ("CALLFS_SERVER_LISTEN_ADDR", ":8443"), ("CALLFS_SERVER_EXTERNAL_URL", "localhost:8443"),
            ("CALLFS_SERVER_CERT_FILE", "server.crt"), ("CALLFS_SERVER_KEY_FILE", "server.key"),
            ("CALLFS_SERVER_READ_TIMEOUT", "30s"), ("CALLFS_SERVER_WRITE_TIMEOUT", "30s"),
            ("CALLFS_SERVER_FILE_OP_TIMEOUT", "10s"), ("CALLFS_SERVER_METADATA_OP_TIMEOUT", "5s"),
            ("CALLFS_AUTH_API_KEYS", nil), ("CALLFS_AUTH_INTERNAL_PROXY_SECRET", nil),
            ("CALLFS_AUTH_SINGLE_USE_LINK_SECRET", nil), ("CALLFS_LOG_LEVEL", "info"),
            ("CALLFS_LOG_FORMAT", nil),
            ("CALLFS_METRICS_LISTEN_ADDR", ":9090"), ("CALLFS_BACKEND_DEFAULT_BACKEND", "localfs"),
            ("CALLFS_BACKEND_LOCALFS_ROOT_PATH", nil), ("CALLFS_BACKEND_S3_ACCESS_KEY", nil),
            ("CALLFS_BACKEND_S3_SECRET_KEY", nil), ("CALLFS_BACKEND_S3_REGION", "us-east-1"),
            ("CALLFS_BACKEND_S3_BUCKET_NAME", nil), ("CALLFS_BACKEND_S3_ENDPOINT", nil),
            ("CALLFS_BACKEND_S3_SERVER_SIDE_ENCRYPTION", "AES256"), ("CALLFS_BACKEND_S3_ACL", "private"),
            ("CALLFS_BACKEND_S3_KMS_KEY_ID", nil), ("CALLFS_BACKEND_INTERNAL_PROXY_SKIP_TLS_VERIFY", "false"),
            ("CALLFS_METADATA_STORE_DSN", nil), ("CALLFS_DLM_REDIS_ADDR", "localhost:6379"),
            ("CALLFS_DLM_REDIS_PASSWORD", nil),
            ("CALLFS_INSTANCE_DISCOVERY_INSTANCE_ID", "callfs-instance-1"),
            ("CALLFS_INSTANCE_DISCOVERY_PEER_ENDPOINTS", nil),
        ] as [(String, String?)]

    @Test("Every documented key and variable is in the table, with its documented default")
    func complete() {
        for name in Self.documented { #expect(SettingTable.byName[name] != nil, "\(name)") }
        for (variable, fallback) in Self.documentedVariables {
            guard let key = SettingTable.byVariable[variable] else {
                Issue.record("\(variable) is unknown")
                continue
            }
            if let fallback { #expect(key.fallback == .fixed(fallback), "\(variable)") }
        }
    }

    @Test(
        "Every default may be written out, in each notation, and changes nothing",
        arguments: SettingTable.keys)
    func defaults(key: SettingKey) throws {
        guard case .fixed(let text) = key.fallback else { return }
        let expected = try ConfigurationFixture().load().settings
        for fixture in Notation.fixtures(key, variable: text, yaml: Notation.quoted(text)) {
            #expect(fixture.problems == [])
            #expect(try fixture.load().settings == expected)
        }
    }

    @Test("Nothing written for a key without a default changes nothing", arguments: SettingTable.keys)
    func nothing(key: SettingKey) throws {
        let expected = try ConfigurationFixture().load().settings
        for (index, fixture) in Notation.fixtures(key, variable: "", yaml: "null").enumerated() {
            #expect(fixture.problems == [], "notation \(index)")
            #expect(try fixture.load().settings == expected)
        }
    }

    @Test("A bad value is told with its source and its key, in each notation", arguments: SettingTable.keys)
    func badValues(key: SettingKey) {
        for bad in BadValue.all(key) {
            for fixture in Notation.fixtures(key, variable: bad.variable, yaml: bad.json) {
                let problems = fixture.problems
                let source = fixture.environment.keys.first ?? fixture.files.keys.first ?? ""
                #expect(problems.contains { $0.hasPrefix(source) && $0.contains(key.name) }, "\(problems)")
            }
        }
    }

    @Test("Every key says in one line what it is for")
    func documentation() {
        for key in SettingTable.keys {
            #expect(key.documentation.hasSuffix("."), "\(key.name)")
            #expect(!key.documentation.contains("\n"))
        }
    }
}

extension SettingKey: CustomTestStringConvertible {
    package var testDescription: String { name }
}

/// One key with one value, in every notation there is.
enum Notation {
    static func fixtures(_ key: SettingKey, variable text: String, yaml: String) -> [ConfigurationFixture] {
        let byVariable = key.variables.map { ConfigurationFixture(environment: [$0: text]) }
        let byFile = key.names.flatMap { name in
            [
                ConfigurationFixture(yaml: nestedYAML(name, yaml)),
                ConfigurationFixture(json: nestedJSON(name, yaml)),
            ]
        }
        return byVariable + byFile
    }

    static func quoted(_ text: String) -> String { "\"\(text)\"" }

    private static func nestedYAML(_ name: String, _ value: String) -> String {
        let parts = name.split(separator: ".")
        return parts.enumerated().map { index, part in
            String(repeating: "  ", count: index) + part + ":" + (index == parts.count - 1 ? " " + value : "")
        }.joined(separator: "\n")
    }

    private static func nestedJSON(_ name: String, _ value: String) -> String {
        name.split(separator: ".").reversed().reduce(value) { inner, part in "{\"\(part)\": \(inner)}" }
    }
}

/// Values that are none of a type, as a variable and as JSON (which is YAML too).
struct BadValue {
    let variable: String
    let json: String

    private init(_ text: String) {
        variable = text
        json = Notation.quoted(text)
    }

    private init(variable: String, json: String) {
        self.variable = variable
        self.json = json
    }

    static func all(_ key: SettingKey) -> [Self] {
        switch key.type {
        case .text, .path, .secret: [Self(variable: "\u{7}", json: "\"\\u0007\"")]
        case .address: ["8443", ":99999", "a b:1", "[::1:80", ":-1"].map(Self.init)
        case .listener: ["8443", "none", ":99999"].map(Self.init)
        case .instanceID: ["a b", "a/b", String(repeating: "a", count: 65)].map(Self.init)
        case .url: ["a b", "https://u:p@h", "ftp://h", "h?q", "https://"].map(Self.init)
        case .boolean: ["maybe", "2"].map(Self.init)
        case .integer, .identity: ["x", "-5", "1.5", "99999999999999999999", "0x10"].map(Self.init)
        case .duration: ["30", "5 minutes", "-1s", "1y", "999999h"].map(Self.init)
        case .size: ["10K", "-1", "1.5", "ten", "99999999999TiB"].map(Self.init)
        case .sizeLimit: ["10K", "0", "none"].map(Self.init)
        case .choice: ["nothing-of-this", "TRUE"].map(Self.init)
        case .umask: ["9", "1777", "0o22", "-1", "rwx"].map(Self.init)
        case .identities: [Self(variable: "1,x", json: "[1, \"x\"]"), Self(variable: "-1", json: "[-1]")]
        case .texts, .secrets: [Self(variable: "\u{7}", json: "[{}]")]
        case .map: [Self(variable: "a=b", json: "[1]"), Self(variable: "{\"a\":[]}", json: "{\"a\":[]}")]
        case .numbers:
            [
                Self(variable: "staff=50", json: "[1]"), Self(variable: "{\"a\":-1}", json: "{\"a\": \"x\"}"),
            ]
        case .users: [Self(variable: "alice", json: "[1]"), Self(variable: "[{}]", json: "{}")]
        case .rateLimits:
            [
                Self(variable: "5", json: "5"), Self(variable: "{\"links\": 5}", json: "{\"links\": 5}"),
                Self(variable: "{\"nowhere\": {}}", json: "{\"nowhere\": {}}"),
                Self(
                    variable: "{\"links\": {\"per_key\": 0}}", json: "{\"links\": {\"per_key\": \"1/d\"}}"),
                Self(variable: "{\"files\": {\"burst\": 0}}", json: "{\"files\": {\"rate\": 1}}"),
            ]
        case .tree: [Self(variable: "[1]", json: "[1]"), Self(variable: "x", json: "\"x\"")]
        }
    }
}
