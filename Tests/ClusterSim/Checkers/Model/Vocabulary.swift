import Domain

/// A name as a number. Numbers are ordered as the names are, by their bytes.
typealias Name = Int32

/// Everything that a history names, once, so that the model compares numbers and not texts.
struct Vocabulary {
    private(set) var names: [FileName] = []
    private var numbers: [FileName: Name] = [:]
    private(set) var targets: [LinkTarget] = []
    private var targetNumbers: [String: Int32] = [:]
    private(set) var mediaTypes = [""]
    private var texts: [String: Int32] = ["": Vocabulary.noText]

    /// The number of the empty text.
    static let noText: Int32 = 0

    init(of operations: some Sequence<Operation>) {
        var found: Set<FileName> = []
        var texts: Set<String> = []
        for operation in operations {
            for path in operation.call.paths { found.formUnion(path.names) }
            if case .list(_, let after?, _) = operation.call { found.insert(after) }
            if case .makeSymlink(_, let text) = operation.call { texts.insert(text) }
            if case .ok(.page(let entries, _)) = operation.outcome { found.formUnion(entries.map(\.name)) }
        }
        for text in texts { found.formUnion(LinkTarget.names(in: text)) }
        names = found.sorted()
        for (number, name) in names.enumerated() { numbers[name] = Name(number) }
        for text in texts.sorted() {
            targetNumbers[text] = Int32(targets.count)
            targets.append(LinkTarget(text) { number(of: $0) })
        }
    }

    func number(of name: FileName) -> Name {
        guard let number = numbers[name] else { preconditionFailure("a name that was not collected") }
        return number
    }

    func number(of path: FilePath) -> [Name] { path.names.map { number(of: $0) } }

    /// -1 for one that no client made: it matches no link.
    func target(_ text: String) -> Int32 { targetNumbers[text] ?? -1 }

    /// 0 for none; what has no media type is shown as the binary one.
    mutating func mediaType(_ text: String?) -> Int32 {
        guard let text, text != "application/octet-stream" else { return 0 }
        if let index = mediaTypes.firstIndex(of: text) { return Int32(index) }
        mediaTypes.append(text)
        return Int32(mediaTypes.count - 1)
    }

    /// Numbers for what is only compared, in the order of their coming.
    mutating func text(_ text: String) -> Int32 {
        let number = texts[text] ?? Int32(texts.count)
        texts[text] = number
        return number
    }

    func told(_ labels: [ModelLabel]) -> String {
        let known = Dictionary(uniqueKeysWithValues: texts.map { ($0.value, $0.key) })
        let parts = labels.map { "\(known[$0.name] ?? "?")=\(known[$0.value] ?? "?")" }
        return "{" + parts.sorted().joined(separator: " ") + "}"
    }

    mutating func labels(_ labels: [String: String]) -> [ModelLabel] {
        labels.sorted { $0.key < $1.key }
            .map { ModelLabel(name: text($0.key), value: text($0.value)) }
            .sorted { $0.name < $1.name }
    }

    func path(_ names: some Sequence<Name>) -> FilePath {
        FilePath(names: names.map { self.names[Int($0)] })
    }
}

/// The text of a symbolic link in parts.
struct LinkTarget {
    enum Part {
        case name(Name)
        case current
        case parent
        case tooLong
    }

    let text: String
    let parts: [Part]
    let isAbsolute: Bool
    let demandsDirectory: Bool

    init(_ text: String, number: (FileName) -> Name) {
        self.text = text
        isAbsolute = text.utf8.first == UInt8(ascii: "/")
        demandsDirectory = text.utf8.last == UInt8(ascii: "/")
        parts = Self.segments(of: text).map { segment in
            switch segment {
            case ".": .current
            case "..": .parent
            default: Self.name(segment).map { .name(number($0)) } ?? .tooLong
            }
        }
    }

    static func names(in text: String) -> [FileName] {
        segments(of: text).filter { $0 != "." && $0 != ".." }.compactMap(name)
    }

    private static func segments(of text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    private static func name(_ text: String) -> FileName? {
        do { return try FileName(text) } catch { return nil }
    }
}

extension Call {
    /// The paths that it names, as the request does.
    var paths: [FilePath] {
        switch self {
        case .write(let path, _, _), .read(let path, _), .stat(let path, _), .list(let path, _, _),
            .makeDirectory(let path, _, _), .makeSymlink(let path, _), .remove(let path, _),
            .removeTree(let path), .setAttributes(let path, _, _), .issueLink(let path):
            [path]
        case .link(let source, let destination), .move(let source, let destination, _),
            .copy(let source, let destination, _, _):
            [source, destination]
        case .redeemLink: []
        }
    }
}
