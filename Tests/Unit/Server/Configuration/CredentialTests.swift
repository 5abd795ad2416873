import Domain
import Server
import Testing

@Suite("Keys, secrets and users")
struct CredentialTests {
    private static let key = "0f3b9c7d5e8a1f2b4c6d8e9f"
    private static let otherKey = "9b8c7d6e5f4a3b2c1d0e9f8a"

    @Test("Users come with their numbers, groups, umask, keys and digests")
    func users() throws {
        let digest = String(repeating: "0aF9", count: 16)
        let settings = try ConfigurationFixture(
            yaml: """
                auth:
                  api_keys: [\(Self.key)]
                  users:
                    - name: alice
                      uid: 1001
                      gid: 1002
                      groups: [10, 20]
                      umask: 027
                      keys: ["\(Self.otherKey)"]
                    - {name: root, uid: 0, gid: 0, key_sha256: ["\(digest)"]}
                """
        ).load().settings.authentication
        #expect(settings.hasKeys)
        #expect(settings.keys == [Secret(Self.key)])
        #expect(
            settings.users[0].principal
                == Principal(
                    name: "alice", user: UserID(1001), group: GroupID(1002),
                    supplementaryGroups: [GroupID(10), GroupID(20)], umask: Umask(0o027)))
        #expect(settings.users[0].keys == [Secret(Self.otherKey)])
        #expect(settings.users[1].principal.isSuperuser)
        #expect(settings.users[1].keyDigests.first?.prefix(2) == [0x0A, 0xF9])
    }

    @Test("Users are the same in JSON, in YAML and in a variable")
    func notations() throws {
        let json = #"[{"name":"a","uid":1,"gid":2,"keys":["\#(Self.key)"]}]"#
        let all = [
            ConfigurationFixture(yaml: "auth:\n  users: \(json)"),
            ConfigurationFixture(json: "{\"auth\": {\"users\": \(json)}}"),
            ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": json]),
        ]
        let users = try all.map { try $0.load().settings.authentication.users }
        #expect(users[0].count == 1)
        #expect(users[0] == users[1] && users[1] == users[2])
    }

    @Test(
        "Short, copied and unsendable keys are refused, and never shown",
        arguments: [
            "tiny-key-15byte", "your-secure-api-key-1", "your_secure_api_key_number_two",
            "ChangeMe-ChangeMe-1",
            "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababababab", "password-password", "0123456789abcdef0123",
            "a key with spaces in it", "schlüssel-schlüssel-x", "<paste the key in here>",
        ])
    func unfit(text: String) {
        for variable in ["CALLFS_AUTH_API_KEYS", "CALLFS_AUTH_INTERNAL_PROXY_SECRET"] {
            let problems = ConfigurationFixture(environment: [variable: text]).problems
            #expect(problems.count == 1)
            #expect(problems.allSatisfy { $0.hasPrefix(variable) && !$0.contains(text) })
        }
        let user = #"[{"name":"a","uid":1,"gid":2,"keys":["\#(text)"]}]"#
        let problems = ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": user]).problems
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.contains("auth.users[a].keys[0]") && !$0.contains(text) })
    }

    @Test(
        "A digest that stands for no key is refused: those of the texts of examples, and placeholders",
        arguments: ["", "\n", "foo", "KEY", "KEY\n"])
    func placeholderDigests(text: String) {
        // The fixture's digest is the text itself, filled up with zeros.
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 32 - text.utf8.count)
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for digest in [digits, String(repeating: "ab", count: 32)] {
            let users = #"[{"name":"a","uid":1,"gid":2,"key_sha256":["\#(digest)"]}]"#
            let problems = ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": users]).problems
            #expect(problems.count == 1)
            #expect(problems.first?.contains("auth.users[a].key_sha256[0] is a placeholder") == true)
        }
        let users =
            #"[{"name":"a","uid":1,"gid":2,"key_sha256":["(64 hexadecimal digits, from: printf ...)"]}]"#
        let problems = ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": users]).problems
        #expect(problems.count == 1 && problems.first?.contains("expects 64 hexadecimal digits") == true)
    }

    @Test("A key or secret that stands for two things is refused")
    func duplicates() {
        let user = #"[{"name":"a","uid":1,"gid":2,"keys":["\#(Self.key)"]}]"#
        let cases: [[String: String]] = [
            ["CALLFS_AUTH_API_KEYS": "\(Self.key),\(Self.key)"],
            ["CALLFS_AUTH_API_KEYS": Self.key, "CALLFS_AUTH_SINGLE_USE_LINK_SECRET": Self.key],
            ["CALLFS_AUTH_API_KEYS": Self.key, "CALLFS_AUTH_USERS": user],
            ["CALLFS_AUTH_INTERNAL_PROXY_SECRET": Self.key, "CALLFS_AUTH_SINGLE_USE_LINK_SECRET": Self.key],
        ]
        for environment in cases {
            let problems = ConfigurationFixture(environment: environment).problems
            #expect(problems.count == 1)
            #expect(problems.allSatisfy { $0.contains("is the same as") && !$0.contains(Self.key) })
        }
    }

    @Test("A key that is also there as a digest is found")
    func digestOfAKey() {
        // The fixture's digest is the key itself, filled up with zeros.
        let digits = Self.key.utf8.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let digest = digits + String(repeating: "0", count: 64 - digits.count)
        let users = #"[{"name":"a","uid":1,"gid":2,"key_sha256":["\#(digest)"]}]"#
        let problems = ConfigurationFixture(environment: [
            "CALLFS_AUTH_API_KEYS": Self.key, "CALLFS_AUTH_USERS": users,
        ]).problems
        #expect(problems.count == 1)
        #expect(
            problems.first?.contains("auth.users[a].key_sha256[0] is the same as auth.api_keys[0]") == true)
    }

    @Test(
        "Users that are none, or none of their own, are refused",
        arguments: [
            (#"[{"name":"a","uid":1,"gid":2}]"#, "neither"),
            (#"[{"uid":1,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"]}]"#, "lacks `name`"),
            (#"[{"name":"a","gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"]}]"#, "lacks `uid`"),
            (
                #"[{"name":"a","uid":4294967295,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"]}]"#,
                "`uid` expects"
            ),
            (#"[{"name":"a","uid":1,"gid":2,"key_sha256":["abc"]}]"#, "64 hexadecimal"),
            (#"[{"name":"a","uid":1,"gid":2,"keys":"abc"}]"#, "list of texts"),
            (#"[{"name":"a","uid":1,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"],"umask":"888"}]"#, "umask"),
            (#"[{"name":"a","uid":1,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"],"groups":[-1]}]"#, "groups"),
            (#"[{"name":"callfs","uid":5,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"]}]"#, "default user"),
            (
                #"[{"name":"a","uid":1,"gid":2,"keys":["0f3b9c7d5e8a1f2b4c6d8e9f"]},"#
                    + #"{"name":"a","uid":2,"gid":2,"keys":["9b8c7d6e5f4a3b2c1d0e9f8a"]}]"#, "twice"
            ),
        ])
    func badUsers(json: String, words: String) {
        let problems = ConfigurationFixture(environment: ["CALLFS_AUTH_USERS": json]).problems
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.hasPrefix("CALLFS_AUTH_USERS: auth.users") && $0.contains(words) })
    }

    @Test("No description of the settings, and nothing that validate prints, shows a secret")
    func masked() throws {
        let secrets = (0..<5).map { "\($0)f3b9c7d5e8a1f2b4c6d8e9\($0)" }
        let fixture = ConfigurationFixture(environment: [
            "CALLFS_AUTH_API_KEYS": "\(secrets[0]),\(secrets[1])",
            "CALLFS_AUTH_INTERNAL_PROXY_SECRET": secrets[2], "CALLFS_AUTH_SINGLE_USE_LINK_SECRET": secrets[3],
            "CALLFS_AUTH_USERS": #"[{"name":"a","uid":1,"gid":2,"keys":["\#(secrets[4])"]}]"#,
            "CALLFS_METADATA_STORE_DSN": "sqlite:/somewhere/secret.db",
        ])
        let loaded = try fixture.load()
        var dumped = ""
        dump(loaded, to: &dumped)
        let output = ConfigurationCommands.validate(fixture.request, fixture.host)
        #expect(output.exitCode == 0)
        let texts = [
            dumped, "\(loaded)", "\(loaded.settings)", String(reflecting: loaded.settings),
            output.standardOutput, output.standardError,
        ]
        for text in texts {
            for secret in secrets { #expect(!text.contains(secret)) }
        }
        #expect(output.standardOutput.contains("a (1:2) with 1 key"))
        #expect(output.standardOutput.contains("\(Secret.mask),\(Secret.mask)"))
    }
}
