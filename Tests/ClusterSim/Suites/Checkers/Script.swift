import Domain

@testable import SimCheckers

/// Writes a history by hand: who asked what when, and what came of it.
struct Script {
    private(set) var history: History
    private var event = 0

    init(root: History.Root = History.Root()) { history = History(root: root) }

    /// A request is sent; its answer comes when `end` says so.
    mutating func begin(_ client: Int, _ call: Call, by principal: Principal = .alice) -> OperationID {
        event += 1
        return history.begin(call, by: principal, client: client, to: "n\(client % 3)", at: event)
    }

    mutating func end(_ id: OperationID, _ outcome: Outcome) {
        event += 1
        history.end(id, outcome, at: event)
    }

    /// A request that is answered before anybody else does anything.
    @discardableResult
    mutating func now(
        _ client: Int, _ call: Call, _ outcome: Outcome, by principal: Principal = .alice
    ) -> OperationID {
        let id = begin(client, call, by: principal)
        end(id, outcome)
        return id
    }

    /// A request that is never answered.
    @discardableResult
    mutating func lost(_ client: Int, _ call: Call, by principal: Principal = .alice) -> OperationID {
        now(client, call, .unknown, by: principal)
    }

    mutating func settle(_ id: OperationID) {
        event += 1
        history.settle(id, at: event)
    }

    mutating func becomeCalm() {
        event += 1
        history.becomeCalm(at: event)
    }

    var findings: [Finding] { Linearizability.check(history) }
    var isAcquitted: Bool { findings.isEmpty }
}

extension Principal {
    /// Owns the root.
    static let alice = Principal(name: "alice", user: UserID(1000), group: GroupID(1000))
    static let bob = Principal(name: "bob", user: UserID(1001), group: GroupID(1001))
    static let root = Principal(name: "root", user: UserID(0), group: GroupID(0))
}

extension FilePath {
    /// A path that a test is sure of.
    init(_ text: String) {
        self.init(names: text.split(separator: "/").map { FileName(validated: String($0)) })
    }
}

extension FilePath: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

extension FileName: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(validated: text) }
}

extension BodyValue {
    /// The body of this number, of a size of its own.
    static func body(_ number: UInt32) -> BodyValue { BodyValue(number: number, size: 32 + Int(number % 7)) }

    var tag: String { "\"t\(number)\"" }
}

extension Outcome {
    static func created(_ body: BodyValue) -> Outcome {
        .ok(.written(isNew: true, .file(body)))
    }

    static func replaced(_ body: BodyValue) -> Outcome {
        .ok(.written(isNew: false, .file(body)))
    }

    static func content(_ body: BodyValue) -> Outcome {
        .ok(.content(.whole(body), .file(body)))
    }

    /// The names of a page, of files and, with a slash at the end, of directories.
    static func page(_ names: [String], hasMore: Bool = false) -> Outcome {
        .ok(
            .page(
                names.map { name in
                    let isDirectory = name.hasSuffix("/")
                    return SeenEntry(
                        FileName(validated: isDirectory ? String(name.dropLast()) : name),
                        Attributes(kind: isDirectory ? .directory : .file))
                }, hasMore: hasMore))
    }

    static let madeDirectory = Outcome.ok(.written(isNew: true, Attributes(kind: .directory)))
    static let done = Outcome.ok(.nothing)
    static let movedFile = Outcome.ok(.written(isNew: false, Attributes(kind: .file)))
    static let movedDirectory = Outcome.ok(.written(isNew: false, Attributes(kind: .directory)))
    static let newFile = Outcome.ok(.written(isNew: true, Attributes(kind: .file)))
}

extension Attributes {
    static func file(_ body: BodyValue) -> Attributes {
        Attributes(kind: .file, size: body.size, tag: body.tag, mediaType: "application/octet-stream")
    }
}
