import KernelComparison
import Testing

/// The judge of permissions, errors and attributes is Linux itself: the same random steps, by the same users,
/// through the API and on a real directory, with the same outcomes.
///
/// A few steps with everything checked that a debug build checks; `scripts/kernel` takes many.
@Suite("CallFS and the kernel")
struct KernelTests {
    @Test(
        "agree on every step",
        arguments: [(1, .memory), (2, .memory), (3, .sqlite), (4, .sqlite)]
            as [(UInt64, ServedFilesystem.Store)])
    func agree(seed: UInt64, store: ServedFilesystem.Store) async throws {
        let report = try await Comparison(seed: seed, store: store).report()
        #expect(report == nil)
    }

    /// Every kind of step succeeds and every kind of refusal is met, else agreeing would mean little.
    @Test("are asked for everything")
    func askForEverything() async throws {
        var done: Set<String> = []
        var refused: Set<RefusalKind> = []
        var links = (asked: 0, made: 0)
        for seed in UInt64(1)...4 {
            let steps = Comparison(seed: seed).steps
            for (step, outcome) in zip(steps, try await KernelFilesystem.outcomes(of: steps)) {
                if case .refused(let kind) = outcome { refused.insert(kind) }
                if case .makeLink = step.call {
                    links.asked += 1
                    if !outcome.isRefusal { links.made += 1 }
                }
                if !outcome.isRefusal { done.insert(String(step.call.description.prefix { $0 != " " })) }
            }
        }
        let kinds: Set = [
            "mkdir", "create", "write", "read", "stat", "rename", "change", "remove", "compare", "symlink",
            "link", "lstat",
        ]
        #expect(done == kinds)
        // Most names that are drawn lead nowhere, and a link needs one that does.
        #expect(links.made * 8 >= links.asked, "\(links)")
        #expect(refused == Set(RefusalKind.allCases).subtracting([.unexpected]))
    }
}
