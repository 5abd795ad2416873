/// One sequence of random steps, taken through the API and on a directory of the machine.
package struct Comparison {
    /// A filesystem begins anew after so many steps: an old one is shut and crowded.
    package static let stepsOfOne = 2_500

    package let seed: UInt64
    package let store: ServedFilesystem.Store
    package let steps: [Step]

    package init(seed: UInt64, store: ServedFilesystem.Store = .memory) {
        self.seed = seed
        self.store = store
        // Every other filesystem has symbolic links.
        var scope = StepGenerator.Scope()
        scope.drawsSymlinks = seed % 2 == 0
        if !KernelSettings.protectsHardLinks { scope.linkers = [.root] }
        var generator = StepGenerator(seed: seed, scope: scope)
        steps = generator.steps(Self.stepsOfOne)
    }

    /// A short script that shows the first difference that is not argued for; nil when there is none.
    package func report() async throws -> String? {
        guard let found = try await Difference.first(in: steps, store: store) else { return nil }
        guard let again = try await Difference.first(in: steps, store: store) else {
            return "seed \(seed): differed once, at step \(found.index), and not again"
        }
        let shortest = try await Shrinking.shortest(Array(steps[...again.index])) { shorter in
            try await Difference.first(in: shorter, store: store) != nil
        }
        let shown = try await Difference.first(in: shortest, store: store)
        let script = shortest.map { "  \($0)" }.joined(separator: "\n")
        return "seed \(seed), step \(again.index), metadata in \(store.rawValue):\n\(script)\n"
            + "\(shown.map { "\($0)" } ?? "")"
    }
}
