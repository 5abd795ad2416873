private import Domain

/// The options of one command, in the forms `--name VALUE`, `--name=VALUE`, `-n VALUE` and `-nVALUE`.
struct OptionReader {
    enum Option: CaseIterable {
        case configuration
        case dataDirectory
        case markdown

        var long: String {
            switch self {
            case .configuration: "--config"
            case .dataDirectory: "--data-dir"
            case .markdown: "--markdown"
            }
        }

        var short: Character? {
            switch self {
            case .configuration: "c"
            case .dataDirectory, .markdown: nil
            }
        }

        var takesValue: Bool {
            switch self {
            case .configuration, .dataDirectory: true
            case .markdown: false
            }
        }
    }

    private(set) var request = ConfigurationRequest()
    private(set) var isMarkdown = false
    private(set) var wantsHelp = false

    static func read(
        _ arguments: ArraySlice<String>, of topic: HelpTopic, _ allowed: [Option]
    ) throws(UsageError) -> Self {
        var reader = Self()
        var rest = arguments
        var seen: [Option] = []
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" {
                reader.wantsHelp = true
                continue
            }
            let (option, attached) = try match(word, of: topic, allowed)
            if seen.contains(option) {
                throw UsageError(description: "`\(option.long)` was given twice.")
            }
            seen.append(option)
            guard option.takesValue else {
                if attached != nil { throw UsageError(description: "`\(option.long)` takes no value.") }
                reader.isMarkdown = true
                continue
            }
            guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
                throw UsageError(
                    description: "`\(option.long)` needs a value; see `callfs \(topic.rawValue) --help`.")
            }
            reader.set(option, value)
        }
        return reader
    }

    private mutating func set(_ option: Option, _ value: String) {
        switch option {
        case .configuration: request.file = value
        case .dataDirectory: request.dataDirectory = value
        case .markdown: break
        }
    }

    private static func match(
        _ word: String, of topic: HelpTopic, _ allowed: [Option]
    ) throws(UsageError) -> (Option, attached: String?) {
        for option in allowed {
            if word == option.long { return (option, nil) }
            if word.hasPrefix(option.long + "=") {
                return (option, String(word.dropFirst(option.long.count + 1)))
            }
            if let short = option.short, word.hasPrefix("-\(short)") {
                let value = word.dropFirst(2)
                return (option, value.isEmpty ? nil : String(value.first == "=" ? value.dropFirst() : value))
            }
        }
        let command = "callfs \(topic.rawValue)"
        guard word.hasPrefix("-") else {
            throw UsageError(
                description: "`\(command)` takes no \(PrintableText.quoted(word)); see `\(command) --help`.")
        }
        let nearest = EditDistance.nearest(to: word, among: allowed.map(\.long) + ["--help"])
        let hint = nearest.map { "did you mean `\($0)`?" } ?? "see `\(command) --help`."
        throw UsageError(description: "`\(command)` has no option \(PrintableText.quoted(word)); \(hint)")
    }
}
