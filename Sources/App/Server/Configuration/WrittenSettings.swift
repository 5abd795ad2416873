private import Domain
internal import YAML

/// What all sources say, key by key, before anything is made of it. Collects every problem on the way.
struct WrittenSettings {
    struct Statement {
        let value: SettingValue
        let source: ConfigurationSource
        /// The higher wins.
        let rank: Rank
    }

    enum Rank: Int, Comparable {
        case file
        case environment
        case option

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// More problems than anyone reads; the rest is only counted, so that a file full of mistakes costs
    /// little.
    static let problemsMax = 100

    private var reported: [ConfigurationProblem] = []
    private var omittedCount = 0
    private var statements: [String: Statement] = [:]
    /// Where each key was named, decodable or not, so that naming it twice is found.
    private var places: [String: [Rank: ConfigurationSource]] = [:]

    var problems: [ConfigurationProblem] {
        guard omittedCount > 0 else { return reported }
        return reported + [ConfigurationProblem(source: nil, message: "and \(omittedCount) problems more")]
    }

    /// The statement that holds, of the highest rank.
    func statement(_ name: String) -> Statement? { statements[name] }

    mutating func add(_ file: ConfigurationFile) {
        guard let root = file.root, !root.isNull else { return }
        guard case .mapping(let entries) = root.value else {
            report(
                .file(path: file.path, line: root.line), "a map of settings is expected, such as `server:`")
            return
        }
        add(entries, below: "", of: file.path)
    }

    mutating func add(environment: [String: String]) {
        let names = environment.keys.filter { $0.hasPrefix(SettingKey.variablePrefix) }.sorted()
        for name in names {
            guard let text = environment[name], !text.isEmpty else { continue }
            guard let key = SettingTable.byVariable[name] else {
                report(
                    .variable(PrintableText.quoted(name)),
                    "is no variable of this program"
                        + Self.hint(name, SettingTable.keys.compactMap(\.variables.first)))
                continue
            }
            do throws(DocumentError) {
                state(key, try VariableNotation.node(text, of: key), .variable(name), .environment)
            } catch {
                report(
                    .variable(name), "\(key.name) expects \(key.type.expectation), as JSON: \(error.message)")
            }
        }
    }

    mutating func add(dataDirectory path: String) {
        guard let key = SettingTable.byName["data_dir"] else { return }
        state(key, YAMLNode(.scalar(path, .quoted), line: 1), .option("--data-dir"), .option)
    }

    private mutating func add(_ entries: [YAMLNode.Entry], below group: String, of path: String) {
        for entry in entries {
            let name = group.isEmpty ? entry.key : group + "." + entry.key
            let source = ConfigurationSource.file(path: path, line: entry.keyLine)
            if let key = SettingTable.byName[name] {
                state(key, entry.node, source, .file)
            } else if !SettingTable.groups.contains(name) {
                report(
                    source,
                    "there is no setting \(PrintableText.quoted(name))"
                        + Self.hint(name, SettingTable.keys.flatMap(\.names) + SettingTable.groups.sorted()))
            } else if case .mapping(let below) = entry.node.value {
                add(below, below: name, of: path)
            } else if !entry.node.isNull {
                report(source, "\(name) holds further settings, so a map is expected")
            }
        }
    }

    private mutating func state(
        _ key: SettingKey, _ node: YAMLNode, _ source: ConfigurationSource, _ rank: Rank
    ) {
        if let other = places[key.name]?[rank] {
            report(source, "\(key.name) was set before, by \(other)")
            return
        }
        places[key.name, default: [:]][rank] = source
        var faults: [SettingFault] = []
        let value = SettingDecoder.decode(node, as: key, faults: &faults)
        for fault in faults {
            report(
                source.at(line: fault.line),
                key.name + (fault.isOfPart ? "" : " ") + fault.message)
        }
        guard let value, statements[key.name].map({ $0.rank < rank }) ?? true else { return }
        statements[key.name] = Statement(value: value, source: source, rank: rank)
    }

    private static func hint(_ name: String, _ known: [String]) -> String {
        EditDistance.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    private mutating func report(_ source: ConfigurationSource, _ message: @autoclosure () -> String) {
        guard reported.count < Self.problemsMax else {
            omittedCount += 1
            return
        }
        reported.append(ConfigurationProblem(source: source, message: message()))
    }
}

extension ConfigurationSource {
    /// The same file at another line; variables and options have none.
    fileprivate func at(line: Int?) -> Self {
        guard let line, case .file(let path, _) = self else { return self }
        return .file(path: path, line: line)
    }
}

/// How a variable says what a file says in YAML: lists with commas, maps and users in JSON.
enum VariableNotation {
    static func node(_ text: String, of key: SettingKey) throws(DocumentError) -> YAMLNode {
        switch key.type {
        case .texts, .secrets, .identities:
            let parts = text.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }
            return YAMLNode(.sequence(parts.map { YAMLNode(.scalar($0, .quoted), line: 1) }), line: 1)
        case .map, .numbers, .users, .rateLimits, .tree:
            return try JSONDocument.parse(Array(text.utf8))
        case .text, .path, .address, .listener, .instanceID, .url, .secret, .boolean, .integer, .duration,
            .size,
            .sizeLimit,
            .choice, .umask, .identity:
            return YAMLNode(.scalar(text, .quoted), line: 1)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character == "\n" }
        var rest = text.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
