/// Whether a history is one that a correct filesystem could have given (P1, and with the reads of the end
/// P3), and if not, where it first goes wrong.
package enum Linearizability {
    /// Nothing when it is; a finding when it is not, or when the search could not tell.
    package static func check(_ history: History) -> [Finding] {
        let compiled = CompiledHistory(history)
        var findings = compiled.contradictions.map { Finding(.atomic, $0) }
        for part in Components.split(compiled.steps, compiled.vocabulary) {
            var search = LinearizabilitySearch(part, compiled.vocabulary, root: compiled.root)
            switch search.run() {
            case .linearizable: continue
            case .gaveUp(let steps):
                let account = Conviction(history, compiled, Set(part.map(\.operation))).ifCertain
                findings.append(
                    Finding(
                        .linearizable,
                        account ?? "The search for an order gave up after \(steps) steps: no verdict."
                            + misfit(search, history)))
            case .impossible:
                let operations = Set(part.map(\.operation))
                findings.append(
                    Finding(.linearizable, Conviction(history, compiled, operations).description))
            }
        }
        return findings
    }

    private static func misfit(_ search: LinearizabilitySearch, _ history: History) -> String {
        guard let operation = search.misfit else { return "" }
        return " The order of the store does not explain this: \(history.operations[operation].sentence)"
    }
}
