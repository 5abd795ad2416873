import API
import Domain
import Ports
import Testing

@testable import Server

@Suite("Loading the configuration")
struct ConfigurationLoaderTests {
    private static let key = "0f3b9c7d5e8a1f2b4c6d8e9f"
    private static let otherKey = "9b8c7d6e5f4a3b2c1d0e9f8a"

    @Test("With nothing said, the defaults are those of the documents")
    func defaults() throws {
        let settings = try ConfigurationFixture().load().settings
        #expect(settings.dataDirectory == "/var/lib/callfs")
        #expect(settings.backend.localRootPath == "/var/lib/callfs")
        #expect(settings.server.listenAddress == ListenAddress(host: nil, port: 8443))
        #expect(settings.server.externalURL == "localhost:8443")
        #expect(
            settings.server.certificate == .filesOrGenerated(certificate: "server.crt", key: "server.key"))
        #expect(settings.server.scheme == .https)
        #expect(settings.server.readTimeout == .seconds(30))
        #expect(settings.server.writeTimeout == .seconds(30))
        #expect(settings.server.fileOperationTimeout == .seconds(10))
        #expect(settings.server.metadataOperationTimeout == .seconds(5))
        #expect(settings.server.connectionsMax == 10_000)
        #expect(settings.server.bodyBytesMax == nil)
        #expect(settings.server.shutdownTimeout == .seconds(30))
        #expect(!settings.authentication.hasKeys)
        #expect(
            settings.authentication.defaultUser
                == Principal(name: "callfs", user: UserID(1000), group: GroupID(1000)))
        #expect(settings.log == LogSettings(level: .info, format: .json, access: true, audit: .inLog))
        #expect(
            settings.metrics
                == MetricsSettings(listenAddress: ListenAddress(host: nil, port: 9090), onMain: true))
        #expect(settings.backend.inlineBytesMax == 16_384)
        #expect(settings.metadataStore.databaseDirectory == nil)
        #expect(settings.locks.leaseDuration == .seconds(30))
        #expect(settings.locks.waitMax == .seconds(10))
        #expect(settings.instance.instanceID == InstanceID("callfs-instance-1"))
        #expect(settings.limits.reclaimGrace == .seconds(900))
        #expect(settings.limits.sweepAge == .seconds(86_400))
        #expect(settings.limits.writeDurationMax == .seconds(86_400))
    }

    @Test(
        "Values reach their settings, and the environment stands above the file, the command line above both")
    func priority() throws {
        var fixture = ConfigurationFixture(
            yaml: """
                server: {listen_addr: "127.0.0.1:1", max_connections: 7}
                data_dir: /file
                """,
            environment: ["CALLFS_SERVER_LISTEN_ADDR": "[::1]:2", "CALLFS_DATA_DIR": "/variable"])
        #expect(try fixture.load().settings.dataDirectory == "/variable")
        fixture.request.dataDirectory = "/option"
        let loaded = try fixture.load()
        #expect(loaded.settings.dataDirectory == "/option")
        #expect(loaded.settings.server.listenAddress == ListenAddress(host: "::1", port: 2))
        #expect(loaded.settings.server.connectionsMax == 7)
        let sources = Dictionary(uniqueKeysWithValues: loaded.effective.map { ($0.name, $0.source) })
        #expect(sources["server.listen_addr"] == .variable("CALLFS_SERVER_LISTEN_ADDR"))
        #expect(sources["server.max_connections"] == .file(path: "config.yaml", line: 1))
        #expect(sources["data_dir"] == .option("--data-dir"))
        #expect(sources["log.level"] == .defaults)
    }

    @Test("The first of the default files is read, and the others are told of; a named file must be there")
    func files() throws {
        var fixture = ConfigurationFixture()
        fixture.files = ["config.yml": "data_dir: /yml", "config.json": #"{"data_dir": "/json"}"#]
        let loaded = try fixture.load()
        #expect(loaded.settings.dataDirectory == "/yml")
        #expect(loaded.notices.contains { $0.contains("config.json is there too") })
        fixture.request.file = "config.json"
        #expect(try fixture.load().settings.dataDirectory == "/json")
        fixture.request.file = "none.yaml"
        #expect(fixture.problems == ["there is no configuration file `none.yaml`"])
    }

    @Test("All problems are told at once, each with its source")
    func allAtOnce() {
        let fixture = ConfigurationFixture(
            yaml: """
                server:
                  listen_adr: ":1"
                  read_timeout: 30
                log: loud
                auth:
                  users:
                    - name: a b
                      uid: -1
                      keys: [short]
                      keyz: []
                """,
            environment: [
                "CALLFS_LOG_LEVEL": "loud", "CALLFS_SERVER_MAX_CONNECTION": "1",
                "CALLFS_SERVER_WRITE_TIMEOUT": "30",
            ])
        let problems = fixture.problems
        let expected = [
            "config.yaml:2: there is no setting `server.listen_adr`; did you mean server.listen_addr?",
            "config.yaml:3: server.read_timeout expects a duration",
            "config.yaml:4: log holds further settings",
            "config.yaml:7: auth.users[0] `name` expects", "config.yaml:8: auth.users[0] `uid` expects",
            "config.yaml:7: auth.users[0] lacks `gid`",
            "config.yaml:10: auth.users[0] has no field `keyz`; did you mean `keys`?",
            "CALLFS_LOG_LEVEL: log.level expects `debug` or",
            "`CALLFS_SERVER_MAX_CONNECTION`: is no variable of this program; did you mean "
                + "CALLFS_SERVER_MAX_CONNECTIONS?",
            "CALLFS_SERVER_WRITE_TIMEOUT: server.write_timeout expects",
        ]
        for text in expected { #expect(problems.contains { $0.hasPrefix(text) }, "\(text)") }
        #expect(problems.count == expected.count)
    }

    @Test("What a build does not have is refused by one sentence a feature that names every setting")
    func sampleOfTheDocuments() throws {
        let fixture = ConfigurationFixture(
            yaml: """
                backend:
                  default_backend: "localfs"
                  localfs_root_path: "/var/lib/callfs"
                  s3_bucket_name: "your-s3-bucket"
                  s3_region: "us-west-2"
                  s3_access_key: "your-access-key"
                  s3_endpoint: ""
                  s3_acl: "private"
                metadata_store:
                  dsn: "postgres://user:hunter2hunter2@localhost/callfs?sslmode=require"
                dlm:
                  redis_addr: "localhost:6379"
                  redis_password: "hunter3hunter3"
                instance_discovery:
                  peer_endpoints:
                    "callfs-instance-2": "https://peer2.example.com:8443"
                """)
        let problems = fixture.problems
        #expect(problems.count == 4)
        let s3 = try #require(problems.first { $0.contains("S3") })
        for name in ["s3_bucket_name (config.yaml:4)", "s3_region (config.yaml:5)", "s3_access_key"] {
            #expect(s3.contains(name))
        }
        #expect(!s3.contains("s3_acl") && !s3.contains("s3_endpoint"))
        #expect(
            problems.contains {
                $0 == "PostgreSQL is not supported yet: remove metadata_store.dsn (config.yaml:10); "
                    + "this build serves one node, from its embedded store"
            })
        #expect(!problems.joined().contains("hunter"))
    }

    @Test(
        "Values that wait for a feature are refused, whichever way they are written",
        arguments: [
            ("CALLFS_DLM_TYPE", "redis", "Redis"), ("CALLFS_BACKEND_DEFAULT_BACKEND", "s3", "S3"),
            ("CALLFS_BACKEND_DEFAULT_BACKEND", "azureblob", "Azure"),
            ("CALLFS_METADATA_STORE_DSN", "postgresql://h/d", "PostgreSQL"),
            ("CALLFS_BACKENDS", #"{"cold":{"type":"s3"}}"#, "named backends"),
            ("CALLFS_BACKEND_INTERNAL_PROXY_SKIP_TLS_VERIFY", "true", "peers"),
            ("CALLFS_METADATA_CACHE__MODE", "off", "metadata cache"),
        ])
    func later(variable: String, value: String, words: String) {
        let problems = ConfigurationFixture(environment: [variable: value]).problems
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.contains(words) && $0.contains(variable) })
    }

    @Test("Origins are spelled as browsers send them, and credentials are for named ones")
    func origins() throws {
        let good = ConfigurationFixture(environment: [
            "CALLFS_CORS_ALLOWED_ORIGINS": "https://app.example,http://localhost:3000",
            "CALLFS_CORS_ALLOW_CREDENTIALS": "true", "CALLFS_CORS_ALLOWED_METHODS": "GET",
        ])
        let policy = try #require(try good.load().settings.crossOrigin)
        #expect(policy.allowedOrigins == ["https://app.example", "http://localhost:3000"])
        #expect(policy.allowsCredentials && policy.allowedMethods == ["GET"])
        for origin in [
            "app.example", "https://app.example/", "https://App.example", "https://app.example:443", "null",
            "ftp://a", "https://",
        ] {
            let bad = ConfigurationFixture(environment: ["CALLFS_CORS_ALLOWED_ORIGINS": origin])
            #expect(bad.problems.count == 1, "\(origin)")
        }
        let open = ConfigurationFixture(environment: [
            "CALLFS_CORS_ALLOWED_ORIGINS": "*", "CALLFS_CORS_ALLOW_CREDENTIALS": "true",
        ])
        #expect(open.problems.count == 1)
        #expect(try ConfigurationFixture().load().settings.crossOrigin == nil)
    }

    @Test("A store address that is none of ours is refused without repeating it")
    func storeAddress() throws {
        let wrong = ConfigurationFixture(environment: ["CALLFS_METADATA_STORE_DSN": "mysql://u:hunter2@h"])
        #expect(wrong.problems.count == 1)
        #expect(!wrong.problems.joined().contains("hunter2"))
        let elsewhere = ConfigurationFixture(environment: ["CALLFS_METADATA_STORE_DSN": "sqlite:/x/y"])
        #expect(try elsewhere.load().settings.metadataStore.databaseDirectory == "/x/y")
    }

    @Test("One key by two spellings in one source is refused; an empty variable says nothing")
    func twice() throws {
        let file = ConfigurationFixture(
            yaml: "backend:\n  s3_region: us-east-1\n  s3:\n    region: us-east-1\n")
        #expect(file.problems == ["config.yaml:4: backend.s3_region was set before, by config.yaml:2"])
        let variables = ConfigurationFixture(environment: [
            "CALLFS_LOG_LEVEL": "warn", "CALLFS_LOG__LEVEL": "error", "CALLFS_DATA_DIR": "",
        ])
        #expect(variables.problems == ["CALLFS_LOG__LEVEL: log.level was set before, by CALLFS_LOG_LEVEL"])
    }

    @Test("A file that is no document, or no map, is one problem with its line")
    func documents() {
        #expect(ConfigurationFixture(yaml: "a: [1\n").problems.allSatisfy { $0.hasPrefix("config.yaml:") })
        #expect(ConfigurationFixture(yaml: "- a\n").problems.count == 1)
        #expect(
            ConfigurationFixture(json: "{\"a\": 1,}").problems.first?.hasPrefix("config.json:1: ") == true)
        #expect(ConfigurationFixture(yaml: "# nothing\n").problems == [])
        let duplicate = ConfigurationFixture(yaml: "log: {level: info}\nlog: {level: warn}\n")
        #expect(duplicate.problems == ["config.yaml:2: the key `log` is here again, first in line 1"])
    }

    @Test("A file full of mistakes is told in a bounded number of problems")
    func manyProblems() {
        let unknown = (0..<2_000).map { "servre\($0): 1\n" }.joined()
        let problems = ConfigurationFixture(yaml: unknown).problems
        #expect(problems.count == 101)
        #expect(problems.last == "and 1900 problems more")
        let fields = (0..<2_000).map { "\"f\($0)\":1" }.joined(separator: ",")
        #expect(
            ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": "[{\(fields)}]"]).problems.count == 101)
    }

    @Test("A named certificate must be there; the default names may be missing together")
    func certificates() throws {
        let named = ConfigurationFixture(environment: ["CALLFS_SERVER_CERT_FILE": "/c.pem"])
        #expect(
            try named.load().settings.server.certificate == .files(certificate: "/c.pem", key: "server.key"))
    }

    @Test("The data directory is the system's where it can be used, else a local one, and that is told")
    func dataDirectory() throws {
        var fixture = ConfigurationFixture()
        fixture.usableDirectories = []
        let loaded = try fixture.load()
        #expect(loaded.settings.dataDirectory == "./callfs-data")
        #expect(loaded.settings.backend.localRootPath == "./callfs-data")
        #expect(loaded.notices.contains { $0.contains("./callfs-data") })
        #expect(try ConfigurationFixture().load().notices == [])
        #expect(DataDirectory.choose(configured: "/x", isUsable: { _ in false }).notice == nil)
    }

    @Test("Events are for people on a terminal and for machines elsewhere, unless it is said")
    func logFormat() throws {
        var fixture = ConfigurationFixture()
        fixture.isTerminal = true
        #expect(try fixture.load().settings.log.format == .console)
        fixture.environment = ["CALLFS_LOG_FORMAT": "json", "CALLFS_LOG_LEVEL": "error"]
        #expect(
            try fixture.load().settings.log
                == LogSettings(level: .error, format: .json, access: true, audit: .inLog))
    }

    @Test("What is checked but not used yet, and plain HTTP, are told")
    func notices() throws {
        let loaded = try ConfigurationFixture(environment: [
            "CALLFS_AUTH_INTERNAL_PROXY_SECRET": Self.key, "CALLFS_SERVER_PROTOCOL": "http",
            "CALLFS_SERVER_EXTERNAL_URL": "https://files.example.com/",
        ]).load()
        #expect(loaded.notices.count == 2)
        #expect(!loaded.notices.joined().contains(Self.key))
        #expect(loaded.settings.server.externalURL == "https://files.example.com")
    }

    @Test(
        "An address that no link can be made of is refused, and not repeated",
        arguments: [
            "https://files.example.com/a;b", "https://user:pass@files.example.com", "https:///base",
            "https://files.example.com/?a", "ftp://files.example.com",
        ])
    func externalURL(text: String) {
        let problems = ConfigurationFixture(environment: ["CALLFS_SERVER_EXTERNAL_URL": text]).problems
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.contains("server.external_url") && !$0.contains(text) })
    }

    @Test("Limits that only make sense together are checked together")
    func limits() {
        let fixture = ConfigurationFixture(environment: ["CALLFS_LIMITS_SWEEP_AGE": "10m"])
        #expect(fixture.problems.count == 2)
        #expect(
            fixture.problems.allSatisfy { $0.hasPrefix("CALLFS_LIMITS_SWEEP_AGE: limits.sweep_age must") })
    }
}
