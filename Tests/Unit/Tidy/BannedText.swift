/// Code that must not stand in some folders, with what to write instead.
struct BannedText {
    let phrase: Phrase
    let folders: [String]
    /// Below `folders`, but free of the rule.
    let exceptions: [String]
    let instead: String

    init(_ text: String, in folders: [String], except exceptions: [String] = [], instead: String) {
        phrase = Phrase(text)
        self.folders = folders
        self.exceptions = exceptions
        self.instead = instead
    }

    func applies(to file: SourceFile) -> Bool {
        file.isBelow(anyOf: folders) && !file.isBelow(anyOf: exceptions)
    }

    static let all = untimed + unstructured + everywhere + inTests

    /// The layers that must run the same in a simulation as on a machine.
    static let pureFolders = ["Sources/Domain", "Sources/Ports", "Sources/App/Services", "Sources/App/API"]

    private static let clock = "take the time from TimeSource, or as an argument in Domain"
    private static let randomness = "take randomness from EntropySource, or as an argument in Domain"
    private static let structure =
        "use task groups and async let; the server starts tasks, on an executor it chose"

    /// What would take time, order or randomness from anywhere but a port.
    private static let untimed: [BannedText] =
        pure(
            ["Task.sleep", ".sleep(for:", "ContinuousClock", "SuspendingClock", "Date(", "DispatchTime"],
            clock)
        + pure(
            [
                "UUID(", "SystemRandomNumberGenerator", ".shuffled()", ".shuffle()", ".randomElement()",
                "Bool.random()",
            ],
            randomness)
        + pure(["hashValue"], "a hash differs from run to run; compare values, or hash bytes with KeyedHash")
        + pure(["priority:"], "all tasks have one priority, so that a schedule can be replayed")

    private static let unstructured: [BannedText] =
        pure(
            [
                "Task {", "Task{", "Task(", "Task.detached", "Task.immediate", "@MainActor", "DispatchQueue",
                "Thread",
                "addTask(executorPreference: nil",
            ], structure)
        + ["Task {", "Task{", "Task.detached", "Task.immediate", "Task.sleep", "@MainActor", "DispatchQueue"]
        .map {
            BannedText($0, in: ["Sources/Adapters"], instead: structure)
        }

    private static let everywhere: [BannedText] =
        ["Sources", "Tests"].flatMap { folder in
            [
                BannedText("try!", in: [folder], instead: "handle the error, or `throws` in a test"),
                BannedText(
                    "public", in: [folder], instead: "`package`: an application has no public interface"),
                BannedText(
                    "fatalError(", in: [folder], instead: "preconditionFailure, with the broken invariant"),
                BannedText("@preconcurrency", in: [folder], instead: "fix the isolation"),
            ]
        }
        + ["print(", "debugPrint(", "dump("].map {
            BannedText($0, in: ["Sources"], except: ["Sources/App/Server"], instead: "log to EventLog")
        }

    private static let inTests = ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep("].map {
        BannedText($0, in: ["Tests"], instead: "wait for what the test is about, never for a time")
    }

    private static func pure(_ texts: [String], _ instead: String) -> [BannedText] {
        texts.map { BannedText($0, in: pureFolders, instead: instead) }
    }
}

/// Where a file has code that its folder bans.
func bannedTextViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift else { return [] }
    return BannedText.all.filter { $0.applies(to: file) }.flatMap { banned in
        banned.phrase.offsets(in: file.code).map {
            file.violation(at: $0, "`\(banned.phrase.text)` is banned here: \(banned.instead)")
        }
    } + unseededRandomViolations(file)
}

/// `.random(in:)` without a generator draws from the system; with `using:` it draws from the seed.
private func unseededRandomViolations(_ file: SourceFile) -> [Violation] {
    let folders = BannedText.pureFolders + ["Tests"]
    guard file.isBelow(anyOf: folders) else { return [] }
    let using = Phrase("using:")
    return Phrase(".random(in:").offsets(in: file.code).compactMap { start in
        let end = file.code.closing("(", ")", from: start + ".random".utf8.count) ?? file.code.count
        guard using.offsets(in: Array(file.code[start..<end])).isEmpty else { return nil }
        return file.violation(
            at: start, "`.random(in:)` draws from the system: pass `using:` a seeded generator")
    }
}

/// Notes to self, in code, comments and documents alike: what is not done is in docs/ROADMAP.md, not in a
/// comment.
func noteViolations(_ file: SourceFile) -> [Violation] {
    guard !file.isBelow("Tests/Unit/Tidy") else { return [] }
    let text = Array(file.text.utf8)
    return ["TODO", "FIXME", "XXX"].flatMap { note in
        Phrase(note).offsets(in: text).map {
            file.violation(at: $0, "`\(note)`: do it now, or write it down in docs/ROADMAP.md")
        }
    }
}
