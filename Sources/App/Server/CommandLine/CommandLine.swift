private import Domain

/// The program's command line: the arguments after its name, as a `Command`.
package enum CommandLine {
    package static func parse(_ arguments: [String]) throws(UsageError) -> Command {
        var rest = arguments[...]
        guard let word = rest.popFirst() else {
            throw UsageError(description: "No command was given; try `callfs server` or `callfs --help`.")
        }
        switch word {
        case "server": return try server(rest)
        case "config": return try configuration(rest)
        case "fsck": return try checkFilesystem(rest)
        case "openapi": return try describeAPI(rest)
        case "help": return .help(try topic(rest))
        case "--help", "-h": return .help(try topic(rest))
        case "--version", "-V", "version":
            try requireEnd(rest, after: word)
            return .version
        default:
            throw unknown(
                word, known: ["server", "config", "fsck", "openapi", "help", "--help", "--version"])
        }
    }

    private static func server(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        let options = try OptionReader.read(arguments, of: .server, [.configuration, .dataDirectory])
        return options.wantsHelp ? .help(.server) : .server(options.request)
    }

    private static func checkFilesystem(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        let options = try OptionReader.read(
            arguments, of: .checkFilesystem, [.configuration, .dataDirectory])
        return options.wantsHelp ? .help(.checkFilesystem) : .checkFilesystem(options.request)
    }

    private static func describeAPI(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        let options = try OptionReader.read(arguments, of: .describeAPI, [])
        return options.wantsHelp ? .help(.describeAPI) : .describeAPI
    }

    private static func configuration(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        var rest = arguments
        switch rest.popFirst() {
        case "validate":
            let options = try OptionReader.read(
                rest, of: .validateConfiguration, [.configuration, .dataDirectory])
            return options.wantsHelp ? .help(.validateConfiguration) : .validateConfiguration(options.request)
        case "example":
            let options = try OptionReader.read(rest, of: .exampleConfiguration, [.markdown])
            if options.wantsHelp { return .help(.exampleConfiguration) }
            return .exampleConfiguration(options.isMarkdown ? .markdown : .yaml)
        case "--help", "-h": return .help(.configuration)
        case nil:
            throw UsageError(
                description:
                    "`callfs config` needs a command: `validate` or `example`; see `callfs config --help`.")
        case .some(let word):
            throw unknown("config " + word, known: ["config validate", "config example"])
        }
    }

    private static func topic(_ arguments: ArraySlice<String>) throws(UsageError) -> HelpTopic {
        let words = arguments.joined(separator: " ")
        if let topic = HelpTopic(rawValue: words) { return topic }
        throw unknown(words, known: HelpTopic.allCases.dropFirst().map(\.rawValue))
    }

    private static func requireEnd(_ rest: ArraySlice<String>, after word: String) throws(UsageError) {
        if let extra = rest.first {
            throw UsageError(
                description:
                    "`callfs \(word)` takes nothing more, but \(PrintableText.quoted(extra)) was given.")
        }
    }

    static func unknown(_ word: String, known: [String]) -> UsageError {
        let hint = EditDistance.nearest(to: word, among: known).map { "did you mean `callfs \($0)`?" }
        return UsageError(
            description:
                "There is no command \(PrintableText.quoted(word)); \(hint ?? "see `callfs --help`.")")
    }
}
