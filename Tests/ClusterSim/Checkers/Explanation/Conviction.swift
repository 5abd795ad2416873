import Domain

/// Why a history is not linearizable: the operation whose answer no order explains, and what it has to do
/// with, as sentences.
struct Conviction {
    private let history: History
    private let compiled: CompiledHistory
    private let part: Set<Int>

    /// Of a history that was convicted, as far as these operations go.
    init(_ history: History, _ compiled: CompiledHistory, _ part: Set<Int>) {
        self.history = history
        self.compiled = compiled
        self.part = part
    }

    /// The end of the shortest prefix that is not linearizable. Prefixes of a linearizable history are
    /// linearizable, so halving finds it.
    private func firstWrongEvent() -> Int {
        let events = steps(through: .max - 1).map(\.completed).filter { $0 != .max }.sorted()
        var low = 0
        var high = events.count - 1
        while low < high {
            let middle = (low + high) / 2
            if isLinearizable(through: events[middle]) { low = middle + 1 } else { high = middle }
        }
        return events[low]
    }

    private func steps(through event: Int) -> [Step] {
        compiled.prefix(through: event).filter { part.contains($0.operation) }
    }

    private func isLinearizable(through event: Int) -> Bool {
        var search = LinearizabilitySearch(
            steps(through: event), compiled.vocabulary, root: compiled.root, triedMax: Self.triedMax)
        if case .impossible = search.run() { return false }
        return true
    }

    private static let relatedMax = 24

    /// What takes longer to judge is passed over: the account is longer then than it need be.
    private static let triedMax = 300_000

    var description: String {
        let event = firstWrongEvent()
        let steps = steps(through: event)
        guard let culprit = steps.first(where: { $0.completed == event }) else {
            preconditionFailure("an event without its operation")
        }
        let footprints = Footprints(steps)
        let place = footprints[culprit]
        let related = steps.filter { step in
            step.operation != culprit.operation && footprints[step].meets(place)
        }
        var lines = [
            "no order of the operations explains an answer. The shortest part of the history that shows it"
                + " ends with",
            "  " + sentence(of: culprit),
        ]
        lines += otherwise(steps, culprit)
        lines.append(
            "What happened before it in the same place\(related.count > Self.relatedMax ? ", at last" : ""):")
        lines += related.suffix(Self.relatedMax).map { "  " + sentence(of: $0) }
        return lines.joined(separator: "\n")
    }

    /// The same, where the search gave up on the whole and some part of it is convicted for certain.
    var ifCertain: String? { isLinearizable(through: firstWrongEvent()) ? nil : description }

    private func sentence(of step: Step) -> String {
        let operation = history.operations[step.operation]
        return operation.sentence(isAnswered: step.completed != .max)
    }

    /// What it should have been answered in an order that explains everything before it.
    private func otherwise(_ steps: [Step], _ culprit: Step) -> [String] {
        var search = LinearizabilitySearch(
            steps.filter { $0.operation != culprit.operation }, compiled.vocabulary, root: compiled.root,
            triedMax: Self.triedMax)
        guard case .linearizable(let order) = search.run() else { return [] }
        let byOperation = Dictionary(uniqueKeysWithValues: steps.map { ($0.operation, $0) })
        var model = FilesystemModel(compiled.vocabulary, root: compiled.root)
        var answers: [String] = []
        var isOpen = !order.contains { (byOperation[$0]?.completed ?? .max) < culprit.invoked }
        func note() {
            let mark = model.mark
            let answer = model.perform(
                culprit.call, by: culprit.user, as: culprit.operation, isRefused: culprit.isRefused)
            let text = answer.sentence(model)
            model.goBack(to: mark)
            if !answers.contains(text) { answers.append(text) }
        }
        var waiting = Set(order.filter { (byOperation[$0]?.completed ?? .max) < culprit.invoked })
        if isOpen { note() }
        for operation in order {
            guard let step = byOperation[operation] else { continue }
            _ = model.perform(step.call, by: step.user, as: operation, isRefused: step.isRefused)
            waiting.remove(operation)
            isOpen = waiting.isEmpty
            if isOpen { note() }
        }
        return [
            "In an order that explains all the rest, the answer would have been: "
                + answers.joined(separator: "; or ") + "."
        ]
    }
}
