import Domain

@testable import SimCheckers

/// Makes a history as clients of a correct filesystem would: the model carries each operation out at one
/// instant between its request and its answer, in an order drawn from a seed, and some answers are lost.
struct RandomHistory {
    struct Shape {
        var operations = 300
        var clients = 8
        /// How many requests are never answered.
        var lost = Ratio(1, of: 20)
        /// How many of those that change something draw from names that all clients draw from.
        var names: [FilePath] = RandomHistory.tree
        var links = false
        /// Whether the order of the store is known.
        var isHinted = false
        /// Made first, never removed, and listed often.
        var directory: FilePath?
    }

    private(set) var history = History()
    private var generator: SeededGenerator
    private var model: FilesystemModel
    private let shape: Shape
    private var event = 0
    private var number: UInt32 = 0
    private var tags: [String] = []
    private var pending: [Pending] = []

    private struct Pending {
        let id: OperationID
        let client: Int
        let call: Call
        let principal: Principal
        var answer: Outcome?
        var isLost: Bool
        /// Whether its client goes on without it.
        var isAbandoned = false
        var isSettled = false
    }

    static let tree: [FilePath] = [
        "/d", "/d/a", "/d/b", "/d/c", "/d/e", "/d/e/f", "/d/e/g", "/k", "/k/a", "/k/b", "/k/e", "/k/e/f",
    ]

    static let principals: [Principal] = [.alice, .alice, .alice, .root, .bob]

    init(seed: UInt64, _ shape: Shape = Shape()) {
        generator = SeededGenerator(seed: seed)
        self.shape = shape
        let names = shape.names + (shape.directory.map { [$0] } ?? [])
        model = FilesystemModel(Self.vocabulary(names), root: History.Root())
        if let directory = shape.directory {
            pending.append(
                Pending(
                    id: history.begin(.makeDirectory(directory), by: .root, client: 0, at: 1), client: 0,
                    call: .makeDirectory(directory), principal: .root, isLost: false))
            event = 1
            carryOut(0)
            finishOne(mayBegin: false)
        }
        while history.operations.count < shape.operations || !pending.isEmpty {
            step()
        }
    }

    static func make(seed: UInt64, _ shape: Shape = Shape()) -> History {
        RandomHistory(seed: seed, shape).history
    }

    private static let targets = ["../k/a", "/d/e", "e/f"]

    private static func vocabulary(_ names: [FilePath]) -> Vocabulary {
        var naming = History()
        var event = 0
        let calls = names.map { Call.stat($0) } + targets.map { Call.makeSymlink("/k", target: $0) }
        for call in calls {
            event += 1
            _ = naming.begin(call, by: .alice, client: 0, at: event)
        }
        return Vocabulary(of: naming.operations)
    }

    // MARK: One event

    private mutating func step() {
        let waiting = pending.indices.filter { pending[$0].answer == nil }
        let idle = (0..<shape.clients).filter { client in
            !pending.contains { $0.client == client && !$0.isAbandoned }
        }
        let mayBegin = history.operations.count < shape.operations && !idle.isEmpty
        switch generator.number(below: 3) {
        case 0 where mayBegin: begin(generator.element(of: idle))
        case 1 where !waiting.isEmpty: carryOut(generator.element(of: waiting))
        default: finishOne(mayBegin: mayBegin)
        }
    }

    private mutating func begin(_ client: Int) {
        event += 1
        let call = randomCall()
        let principal = generator.element(of: Self.principals)
        let id = history.begin(call, by: principal, client: client, at: event)
        pending.append(
            Pending(
                id: id, client: client, call: call, principal: principal,
                isLost: generator.happens(shape.lost)))
    }

    private mutating func carryOut(_ index: Int) {
        let operation = pending[index]
        // Nobody will hear of what was settled first, and it must not happen any more.
        if operation.isSettled || operation.isLost && generator.happens(Ratio(1, of: 3)) {
            pending[index].answer = .unknown
            return
        }
        if shape.isHinted { history.commit(operation.id, at: event * 8 + pending.count) }
        let answer = model.perform(
            modelCall(operation.call), by: ModelUser(operation.principal), as: operation.id.index,
            isRefused: false)
        pending[index].answer = answer.outcome(of: model)
    }

    private mutating func finishOne(mayBegin: Bool) {
        if let index = pending.firstIndex(where: { $0.isLost && !$0.isAbandoned }),
            generator.happens(Ratio(1, of: 2))
        {
            event += 1
            history.end(pending[index].id, .unknown, at: event)
            pending[index].isAbandoned = true
            return
        }
        let answered = pending.indices.filter { pending[$0].answer != nil }
        guard !answered.isEmpty else {
            // Somebody has to go on.
            if let index = pending.indices.first { carryOut(index) } else if mayBegin { begin(0) }
            return
        }
        let index = generator.element(of: answered)
        let operation = pending[index]
        if operation.isLost {
            if !operation.isAbandoned {
                event += 1
                history.end(operation.id, .unknown, at: event)
            }
            if generator.happens(Ratio(1, of: 2)) {
                event += 1
                history.settle(operation.id, at: event)
            }
        } else if let answer = operation.answer {
            event += 1
            history.end(operation.id, answer, at: event)
            if case .write(_, let body, _) = operation.call, case .ok = answer { tags.append(body.tag) }
        }
        pending.remove(at: index)
    }

    // MARK: What is asked

    private mutating func randomCall() -> Call {
        let path = generator.element(of: shape.names)
        let other = generator.element(of: shape.names)
        let flag = generator.happens(Ratio(1, of: 2))
        if let directory = shape.directory { return randomCall(in: directory, path, other) }
        switch generator.number(below: shape.links ? 20 : 17) {
        case 0...3: return .write(path, nextBody(), WriteOptions(exclusive: flag && !shape.links))
        case 4: return .write(path, nextBody(), WriteOptions(conditions: randomConditions()))
        case 5...7: return .read(path)
        case 8: return .stat(path)
        case 9, 10: return .list(path)
        case 11: return .makeDirectory(path, tolerant: flag)
        case 12: return .remove(path)
        case 13: return .removeTree(path)
        case 14: return .move(path, to: other, MoveOptions(overwrite: flag, createsParents: true))
        case 15: return .copy(path, to: other, overwrite: flag)
        case 16:
            let mode = generator.element(of: [0o755, 0o700, 0o777, 0o1777, 0o644] as [UInt16])
            return .setAttributes(path, NewAttributes(mode: FileMode(rawValue: mode)))
        case 17: return .link(path, to: other)
        default: return .makeSymlink(path, target: generator.element(of: Self.targets))
        }
    }

    private mutating func randomCall(
        in directory: FilePath, _ path: FilePath, _ other: FilePath
    ) -> Call {
        switch generator.number(below: 7) {
        case 0...1: .write(path, nextBody())
        case 2: .remove(path)
        case 3: .move(path, to: other, MoveOptions(overwrite: true))
        case 4: .read(path)
        default: .list(directory)
        }
    }

    private mutating func nextBody() -> BodyValue {
        number += 1
        return .body(number)
    }

    private mutating func randomConditions() -> CallConditions {
        guard !tags.isEmpty else { return CallConditions(ifNoneMatch: .any) }
        return CallConditions(ifMatch: .tag(generator.element(of: tags)))
    }

    private func modelCall(_ call: Call) -> ModelCall {
        // The tags are those of `Outcome.created`: the number of the body is in them.
        func conditions(_ conditions: CallConditions) -> ModelConditions {
            func meaning(_ tags: CallConditions.Tags) -> ModelConditions.Tag {
                guard case .tag(let tag) = tags, let number = UInt32(tag.dropFirst(2).dropLast()) else {
                    return .any
                }
                return .meaning(TagMeaning(number: number, mediaType: 0))
            }
            return ModelConditions(
                ifMatch: conditions.ifMatch.map(meaning), ifNoneMatch: conditions.ifNoneMatch.map(meaning))
        }
        func number(_ path: FilePath) -> [Name] { model.vocabulary.number(of: path) }
        switch call {
        case .write(let path, let body, let options):
            return .write(
                number(path), body, exclusive: options.exclusive, mode: 0o666, mediaType: 0,
                conditions(options.conditions))
        case .read(let path, _): return .read(number(path), range: nil, ModelConditions())
        case .stat(let path, _): return .stat(number(path), following: true)
        case .list(let path, _, _): return .list(number(path), after: nil, limit: 1000)
        case .makeDirectory(let path, _, let tolerant):
            return .makeDirectory(number(path), mode: 0o777, tolerant: tolerant)
        case .remove(let path, _): return .remove(number(path), tree: false, ModelConditions())
        case .removeTree(let path): return .remove(number(path), tree: true, ModelConditions())
        case .move(let source, let destination, let options):
            return .move(
                number(source), to: number(destination), overwrite: options.overwrite, parents: true,
                ModelConditions())
        case .copy(let source, let destination, let overwrite, _):
            return .copy(number(source), to: number(destination), overwrite: overwrite, ModelConditions())
        case .setAttributes(let path, let new, _):
            return .setAttributes(
                number(path), ModelAttributes(mode: new.mode?.rawValue), ModelConditions())
        case .link(let source, let destination): return .link(number(source), to: number(destination))
        case .makeSymlink(let path, let target):
            return .makeSymlink(number(path), target: model.vocabulary.target(target))
        case .issueLink, .redeemLink: preconditionFailure("not drawn")
        }
    }
}

extension ModelAnswer {
    /// The answer as a client would see it.
    func outcome(of model: FilesystemModel) -> Outcome {
        switch self {
        case .refused(let kind): .refused(kind)
        case .done: .ok(.nothing)
        case .state(let index, let isNew): .ok(.written(isNew: isNew, Self.attributes(index, model)))
        case .attributes(let index): .ok(.attributes(Self.attributes(index, model)))
        case .content(let index, _):
            .ok(.content(.whole(model.nodes[index].body), Self.attributes(index, model)))
        case .notModified: .ok(.notModified)
        case .page(let index, let range, let hasMore):
            .ok(
                .page(
                    model.nodes[index].entries[range].map { entry in
                        SeenEntry(
                            model.vocabulary.names[Int(entry.name)], Self.attributes(entry.node, model))
                    }, hasMore: hasMore))
        case .link: .ok(.link)
        case .served(let body, _): .ok(.content(.whole(body), Attributes(kind: .file)))
        }
    }

    private static func attributes(_ index: Int, _ model: FilesystemModel) -> Attributes {
        let node = model.nodes[index]
        return Attributes(
            kind: node.kind, mode: FileMode(rawValue: node.mode), owner: UserID(node.owner),
            group: GroupID(node.group), size: node.kind == .file ? node.body.size : nil,
            links: node.kind == .file ? node.places.count : nil,
            tag: node.kind == .file ? node.body.tag : nil,
            mediaType: node.kind == .file ? "application/octet-stream" : nil,
            target: node.target < 0 ? nil : model.vocabulary.targets[Int(node.target)].text)
    }
}
