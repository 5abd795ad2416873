import Domain

/// An operation as the search needs it.
struct Step {
    /// Its index in the history.
    let operation: Int
    let call: ModelCall
    let user: ModelUser
    let invoked: Int
    /// `.max` when nobody knows that it is over.
    let completed: Int
    /// The event after which it cannot take effect; `.max` for none.
    let lastEffect: Int
    /// Where its commits and its latest snapshot are in the order of the store.
    let commits: [Int]
    let snapshot: Int?
    let expected: Expected
    /// Unanswered operations of one number do the same, as far as anybody has seen; -1 for one of its own.
    var kind = -1

    /// Where it may have had its instant, by the order of the store: what looked was answered by its latest
    /// snapshot, and what committed nothing and was not answered did not happen.
    var places: [Int] {
        if !commits.isEmpty { return commits }
        return isOptional ? [] : snapshot.map { [$0] } ?? []
    }

    var isOptional: Bool { if case .anything = expected { true } else { false } }

    var isRefused: Bool { if case .refused = expected { true } else { false } }

    /// Whether it leaves the state as it is, given what it was answered.
    var isPure: Bool {
        if call.onlyLooks { return true }
        switch (call, expected) {
        case (.redeemLink, _): return false
        case (_, .refused), (.makeDirectory, .written(isNew: false, _)): return true
        default: return false
        }
    }
}

/// A history in the model's terms.
struct CompiledHistory {
    let root: History.Root
    private(set) var vocabulary: Vocabulary
    private(set) var steps: [Step] = []
    let contradictions: [String]

    init(_ history: History) {
        root = history.root
        vocabulary = Vocabulary(of: history.operations)
        let tags = TagTable(of: history.operations, &vocabulary)
        contradictions = tags.contradictions
        for operation in history.operations {
            if case .withdrawn = operation.outcome { continue }
            let call = modelCall(operation.call, tags)
            let isKnown = operation.outcome != .unknown
            // What only looks and was not answered says nothing.
            guard isKnown || !call.onlyLooks else { continue }
            steps.append(
                Step(
                    operation: operation.id.index, call: call, user: ModelUser(operation.principal),
                    invoked: operation.invoked,
                    completed: isKnown ? operation.completed ?? .max : .max,
                    lastEffect: isKnown ? .max : operation.lastEffect ?? .max,
                    commits: operation.commits, snapshot: operation.snapshot,
                    expected: expected(operation, tags)))
        }
        let kinds = LikeOperations(history)
        for index in steps.indices { steps[index].kind = kinds[steps[index].operation] }
    }

    /// The same, as far as it had come at an event: what was not answered then is open.
    func prefix(through event: Int) -> [Step] {
        steps.compactMap { step in
            guard step.invoked <= event else { return nil }
            let isAnswered = step.completed <= event
            if !isAnswered, step.call.onlyLooks { return nil }
            return Step(
                operation: step.operation, call: step.call, user: step.user, invoked: step.invoked,
                completed: isAnswered ? step.completed : .max,
                lastEffect: step.lastEffect <= event ? step.lastEffect : .max, commits: step.commits,
                snapshot: step.snapshot, expected: isAnswered ? step.expected : .anything, kind: step.kind)
        }
    }

    // MARK: Translation

    private mutating func modelCall(_ call: Call, _ tags: TagTable) -> ModelCall {
        func number(_ path: FilePath) -> [Name] { vocabulary.number(of: path) }
        switch call {
        case .write(let path, let body, let options):
            let mediaType = vocabulary.mediaType(options.mediaType)
            return .write(
                number(path), body, exclusive: options.exclusive, mode: options.mode?.rawValue ?? 0o666,
                mediaType: mediaType, tags.conditions(options.conditions))
        case .read(let path, let options):
            return .read(number(path), range: options.range, tags.conditions(options.conditions))
        case .stat(let path, let following): return .stat(number(path), following: following)
        case .list(let path, let after, let limit):
            return .list(number(path), after: after.map { vocabulary.number(of: $0) }, limit: limit)
        case .makeDirectory(let path, let mode, let tolerant):
            return .makeDirectory(number(path), mode: mode?.rawValue ?? 0o777, tolerant: tolerant)
        case .makeSymlink(let path, let target):
            return .makeSymlink(number(path), target: vocabulary.target(target))
        case .link(let source, let destination): return .link(number(source), to: number(destination))
        case .remove(let path, let conditions):
            return .remove(number(path), tree: false, tags.conditions(conditions))
        case .removeTree(let path): return .remove(number(path), tree: true, ModelConditions())
        case .move(let source, let destination, let options):
            return .move(
                number(source), to: number(destination), overwrite: options.overwrite,
                parents: options.createsParents, tags.conditions(options.conditions))
        case .copy(let source, let destination, let overwrite, let conditions):
            return .copy(
                number(source), to: number(destination), overwrite: overwrite, tags.conditions(conditions))
        case .setAttributes(let path, let new, let conditions):
            let mediaType = new.mediaType.map { vocabulary.mediaType($0) }
            let labels = vocabulary.labels(new.labels)
            return .setAttributes(
                vocabulary.number(of: path),
                ModelAttributes(
                    mode: new.mode?.rawValue, owner: new.owner?.value, group: new.group?.value,
                    modifiedAt: new.modifiedAt?.nanoseconds, mediaType: mediaType, labels: labels),
                tags.conditions(conditions))
        case .issueLink(let path): return .issueLink(number(path))
        case .redeemLink(let issue, let claimant, let mayHaveExpired):
            return .redeemLink(issue: issue.index, claimant: claimant, mayHaveExpired: mayHaveExpired)
        }
    }

    private mutating func expected(_ operation: Operation, _ tags: TagTable) -> Expected {
        switch operation.outcome {
        case .unknown, .withdrawn: return .anything
        case .refused(.invalid):
            if case .list = operation.call { return .refused(.notADirectory) }
            return .refused(.invalid)
        case .refused(let kind): return .refused(kind)
        case .ok(let seen): return expected(seen, tags)
        }
    }

    private mutating func expected(_ seen: Seen, _ tags: TagTable) -> Expected {
        switch seen {
        case .nothing: return .done
        case .written(let isNew, let attributes):
            var state = state(attributes, tags)
            // Others may add names to a file without the writer's knowledge.
            state.links = nil
            return .written(isNew: isNew, state)
        case .content(let content, let attributes): return .content(content, state(attributes, tags))
        case .notModified: return .notModified
        case .attributes(let attributes): return .attributes(state(attributes, tags))
        case .page(let entries, let hasMore):
            let states = entries.map { entry in
                ExpectedEntry(
                    name: vocabulary.number(of: entry.name), state: state(entry.attributes, tags))
            }
            return .page(states, hasMore: hasMore)
        case .link: return .link
        }
    }

    private mutating func state(_ attributes: Attributes, _ tags: TagTable) -> ExpectedState {
        ExpectedState(
            kind: attributes.kind, mode: attributes.mode?.rawValue, owner: attributes.owner?.value,
            group: attributes.group?.value, size: attributes.size, links: attributes.links,
            meaning: tags.meaning(attributes.tag),
            mediaType: attributes.mediaType.map { vocabulary.mediaType($0) },
            target: attributes.target.map { vocabulary.target($0) },
            modifiedAt: attributes.modifiedAt?.nanoseconds,
            labels: attributes.labels.map { vocabulary.labels($0) })
    }
}
