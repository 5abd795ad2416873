import Server
import Testing

@Suite("The commands about the configuration")
struct ConfigurationCommandTests {
    private static let key = "0f3b9c7d5e8a1f2b4c6d8e9f"

    private func validate(_ fixture: ConfigurationFixture) -> CommandOutput {
        ConfigurationCommands.validate(fixture.request, fixture.host)
    }

    @Test("Validate prints what holds and where it comes from")
    func effective() {
        let output = validate(
            ConfigurationFixture(
                yaml: "server:\n  listen_addr: \":1\"\n", environment: ["CALLFS_AUTH_API_KEYS": Self.key]))
        #expect(output.exitCode == 0)
        let rows = output.standardOutput.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.contains(["server.listen_addr", ":1", "config.yaml:2"]))
        #expect(rows.contains(["auth.api_keys", Secret.mask[...], "CALLFS_AUTH_API_KEYS"]))
        #expect(rows.contains(["server.read_timeout", "30s", "default"]))
        #expect(rows.contains(["data_dir", "/var/lib/callfs", "default"]))
        #expect(output.standardError.contains("config.yaml"))
    }

    @Test("Validate fails with every problem when the server would not start")
    func problems() {
        let output = validate(ConfigurationFixture(environment: ["CALLFS_LOG_LEVEL": "x", "CALLFS_X": "y"]))
        #expect(output.exitCode == 1)
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.contains("CALLFS_LOG_LEVEL"))
        #expect(output.standardError.contains("CALLFS_X"))
        #expect(output.standardError.hasSuffix("2 problems: the server would not start.\n"))
    }

    @Test("Validate finds files and directories that are not as they must be")
    func files() {
        var fixture = ConfigurationFixture(environment: ["CALLFS_SERVER_CERT_FILE": "/c.pem"])
        fixture.files["/c.pem"] = "pem"
        #expect(
            validate(fixture).standardError.hasPrefix("server.key_file: `server.key` is not there\n1 problem")
        )
        fixture.files["server.key"] = "pem"
        #expect(validate(fixture).exitCode == 0)
        fixture.environment["CALLFS_BACKEND_LOCALFS_ROOT_PATH"] = "/readonly"
        #expect(
            validate(fixture).standardError.contains("backend.localfs_root_path: `/readonly` is no directory")
        )

        var half = ConfigurationFixture()
        half.files["server.crt"] = "pem"
        #expect(validate(half).standardError.contains("`server.key` is not there, but its counterpart is"))
        half.environment["CALLFS_SERVER_PROTOCOL"] = "http"
        #expect(validate(half).exitCode == 0)
    }

    @Test("Validate says of a certificate what the start would say: of a named, a found and a generated one")
    func certificates() {
        let pairs = [
            ("/c.pem", "server.key"), ("server.crt", "server.key"),
            (DataDirectory.systemPath + "/server.crt", DataDirectory.systemPath + "/server.key"),
        ]
        for (certificate, key) in pairs {
            var fixture = ConfigurationFixture()
            if certificate == "/c.pem" { fixture.environment["CALLFS_SERVER_CERT_FILE"] = certificate }
            fixture.files = [certificate: "pem", key: "pem"]
            fixture.certificateFaults[certificate] = "it has expired"
            #expect(validate(fixture).exitCode == 1)
            #expect(
                validate(fixture).standardError == "it has expired\n1 problem: the server would not start.\n")
            fixture.environment["CALLFS_SERVER_PROTOCOL"] = "http"
            #expect(validate(fixture).exitCode == 0)
        }
    }

    @Test("Example prints the YAML file and, when asked, the reference")
    func example() {
        #expect(ConfigurationCommands.example(.yaml).standardOutput == ExampleDocument.text)
        #expect(ConfigurationCommands.example(.markdown).standardOutput == ReferenceDocument.text)
    }
}
