@testable import SimCheckers

/// The definition of linearizability and nothing else: tries every order of every choice of unanswered
/// operations. For histories of a handful.
struct BruteForce {
    private let compiled: CompiledHistory
    private var model: FilesystemModel

    init(_ history: History) {
        compiled = CompiledHistory(history)
        model = FilesystemModel(compiled.vocabulary, root: compiled.root)
    }

    mutating func isLinearizable() -> Bool { complete(Array(compiled.steps)) }

    private mutating func complete(_ rest: [Step]) -> Bool {
        guard rest.contains(where: { !$0.isOptional }) else { return true }
        for (index, step) in rest.enumerated() {
            var others = rest
            others.remove(at: index)
            // Whatever ended before this one began comes before it, or, unanswered, never.
            if others.contains(where: { $0.completed < step.invoked }) { continue }
            others.removeAll { $0.lastEffect < step.invoked }
            let mark = model.mark
            let answer = model.perform(
                step.call, by: step.user, as: step.operation, isRefused: step.isRefused)
            let isMet = step.expected.isMet(by: answer, of: model) && complete(others)
            model.goBack(to: mark)
            if isMet { return true }
        }
        return false
    }
}
