import Server
import Testing

@Suite("The command line")
struct CommandLineTests {
    private func parse(_ text: String) -> Result<Command, UsageError> {
        do throws(UsageError) {
            return .success(try CommandLine.parse(text.split(separator: " ").map(String.init)))
        } catch {
            return .failure(error)
        }
    }

    @Test("Every command is read, with its options in every form")
    func commands() {
        let file = ConfigurationRequest(file: "x.yaml")
        let both = ConfigurationRequest(file: "x.yaml", dataDirectory: "/d")
        let cases: [(String, Command)] = [
            ("server", .server(ConfigurationRequest())), ("server --config x.yaml", .server(file)),
            ("server --config=x.yaml", .server(file)), ("server -c x.yaml", .server(file)),
            ("server -cx.yaml", .server(file)), ("server -c=x.yaml", .server(file)),
            ("server --data-dir /d -c x.yaml", .server(both)),
            ("server -c x.yaml --data-dir=/d", .server(both)),
            ("config validate", .validateConfiguration(ConfigurationRequest())),
            ("config validate -c x.yaml", .validateConfiguration(file)),
            ("config example", .exampleConfiguration(.yaml)),
            ("config example --markdown", .exampleConfiguration(.markdown)),
            ("fsck --data-dir /d", .checkFilesystem(ConfigurationRequest(dataDirectory: "/d"))),
            ("--version", .version), ("-V", .version), ("--help", .help(.program)), ("-h", .help(.program)),
            ("help", .help(.program)), ("help server", .help(.server)),
            ("help config validate", .help(.validateConfiguration)), ("server --help", .help(.server)),
            ("server -c x.yaml -h", .help(.server)), ("config --help", .help(.configuration)),
            ("config validate --help", .help(.validateConfiguration)),
            ("config example -h", .help(.exampleConfiguration)), ("fsck --help", .help(.checkFilesystem)),
        ]
        for (text, command) in cases { #expect(parse(text) == .success(command), "\(text)") }
    }

    @Test(
        "A misuse is told in one sentence with a hint",
        arguments: [
            ("", "callfs server"), ("serve", "did you mean `callfs server`?"),
            ("server --confg x", "did you mean `--config`?"), ("server --config", "needs a value"),
            ("server --config=", "needs a value"), ("server -c", "needs a value"),
            ("server -c a -c b", "twice"), ("server x", "takes no `x`"), ("server --port 1", "--help"),
            ("config", "validate"), ("config valdate", "did you mean `callfs config validate`?"),
            ("config example -c x", "no option"), ("config example --markdown=1", "no value"),
            ("fsck --markdown", "no option"), ("help nothing", "callfs --help"),
            ("--version x", "nothing more"),
            ("zzz", "callfs --help"),
        ])
    func misuse(text: String, hint: String) {
        guard case .failure(let error) = parse(text) else {
            Issue.record("accepted")
            return
        }
        #expect(error.description.contains(hint))
        #expect(!error.description.contains("\n"))
    }

    @Test("What a misuse repeats can do nothing to a terminal")
    func hostile() {
        guard case .failure(let error) = parse("\u{1B}[2J\u{202E}x") else {
            Issue.record("accepted")
            return
        }
        #expect(error.description.contains("`?[2J?x`"))
    }

    @Test("Every topic has help that names its command, and fits a terminal")
    func help() {
        for topic in HelpTopic.allCases {
            let output = HelpText.output(topic)
            #expect(output.exitCode == 0)
            #expect(output.standardOutput.contains("callfs \(topic.rawValue)"))
            #expect(output.standardOutput.split(separator: "\n").allSatisfy { $0.count <= 102 })
        }
        #expect(HelpText.versionOutput.standardOutput == "callfs 0.1.0\n")
    }
}
