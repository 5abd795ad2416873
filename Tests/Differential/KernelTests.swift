import Foundation
import Testing

/// The judge of permissions, errors and attributes is Linux itself: the same random steps, by the same users,
/// through the API and on a real directory, with the same outcomes.
///
/// `CALLFS_KERNEL_STEPS` is how many steps are drawn in all, for a long run by hand; `CALLFS_KERNEL_SEED` is
/// the first seed.
@Suite("CallFS and the kernel")
struct KernelTests {
    /// A filesystem begins anew after so many steps: an old one is shut and crowded.
    private static let stepsOfOne = 2_500
    /// Runs that go on side by side.
    private static let lanes = 4

    private static let stepsInMemory = number("CALLFS_KERNEL_STEPS") ?? 160_000
    private static let stepsInSQLite = stepsInMemory / 4
    /// Whether CallFS makes symbolic links and gives files further names.
    private static let drawsLinks = true
    private static let firstSeed = UInt64(number("CALLFS_KERNEL_SEED") ?? 1)

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    @Test("agree on every step, with metadata in memory", arguments: 0..<lanes)
    func agreeInMemory(lane: Int) async throws {
        try await compare(lane: lane, steps: Self.stepsInMemory, store: .memory)
    }

    @Test("agree on every step, with metadata in SQLite", arguments: 0..<lanes)
    func agreeInSQLite(lane: Int) async throws {
        try await compare(lane: lane, steps: Self.stepsInSQLite, store: .sqlite)
    }

    /// Every kind of step succeeds and every kind of refusal is met, else agreeing would mean little.
    @Test("are asked for everything")
    func askForEverything() async throws {
        var done: Set<String> = []
        var refused: Set<RefusalKind> = []
        var links = (asked: 0, made: 0)
        for seed in UInt64(1)...4 {
            let steps = Self.steps(seed: seed)
            for (step, outcome) in zip(steps, try await KernelFilesystem.outcomes(of: steps)) {
                if case .refused(let kind) = outcome { refused.insert(kind) }
                if case .makeLink = step.call {
                    links.asked += 1
                    if !outcome.isRefusal { links.made += 1 }
                }
                if !outcome.isRefusal { done.insert(String(step.call.description.prefix { $0 != " " })) }
            }
        }
        var kinds: Set = [
            "mkdir", "create", "write", "read", "stat", "rename", "change", "remove", "compare",
        ]
        if Self.drawsLinks { kinds.formUnion(["symlink", "link", "lstat"]) }
        #expect(done == kinds)
        // Most names that are drawn lead nowhere, and a link needs one that does.
        #expect(links.made * 8 >= links.asked, "\(links)")
        #expect(refused == Set(RefusalKind.allCases).subtracting([.unexpected]))
    }

    private func compare(lane: Int, steps: Int, store: ServedFilesystem.Store) async throws {
        let runs = max(Self.lanes, steps / Self.stepsOfOne)
        for run in stride(from: lane, to: runs, by: Self.lanes) {
            let seed = Self.firstSeed + UInt64(run)
            let steps = Self.steps(seed: seed)
            guard try await Difference.first(in: steps, store: store) != nil else { continue }
            let report = try await Self.report(on: steps, seed: seed, store: store)
            Issue.record("\(report)")
            return
        }
    }

    /// Every other filesystem has symbolic links.
    private static func steps(seed: UInt64) -> [Step] {
        var scope = StepGenerator.Scope()
        scope.drawsSymlinks = drawsLinks && seed % 2 == 0
        if !KernelSettings.protectsHardLinks { scope.linkers = [.root] }
        if !drawsLinks { scope.linkers = [] }
        var generator = StepGenerator(seed: seed, scope: scope)
        return generator.steps(stepsOfOne)
    }

    /// A short script that shows the difference.
    private static func report(
        on steps: [Step], seed: UInt64, store: ServedFilesystem.Store
    ) async throws -> String {
        guard let found = try await Difference.first(in: steps, store: store) else {
            return "seed \(seed): differed once and not again"
        }
        let shortest = try await Shrinking.shortest(Array(steps[...found.index])) { shorter in
            try await Difference.first(in: shorter, store: store) != nil
        }
        let shown = try await Difference.first(in: shortest, store: store)
        let script = shortest.map { "  \($0)" }.joined(separator: "\n")
        return "seed \(seed), step \(found.index), metadata in \(store.rawValue):\n\(script)\n"
            + "\(shown.map { "\($0)" } ?? "")"
    }
}
