import KernelComparison
import Testing

@Suite("The comparison")
struct ComparisonTests {
    private static let steps = [
        Step(caller: .ada, call: .makeDirectory("/a", mode: 0o777, toleratesExisting: false)),
        Step(caller: .bob, call: .read("/a")),
    ]

    @Test("finds the first step that was answered otherwise")
    func findsDifference() {
        let made = Outcome.entry(
            Shown(kind: .directory, mode: 0o755, user: 1000, group: 1000, size: 0, links: 0), isNew: true)
        let kernel: [Outcome] = [made, .names([])]
        #expect(Difference.first(in: Self.steps, kernel: kernel, served: kernel) == nil)
        let found = Difference.first(in: Self.steps, kernel: kernel, served: [made, .refused(.denied)])
        #expect(found?.index == 1)
        #expect(found?.served == .refused(.denied))
    }

    @Test("argues for nothing but what is listed")
    func arguesForLittle() {
        let step = Step(caller: .ada, call: .read("/a/" + String(repeating: "n", count: 256)))
        func reason(_ kernel: Outcome, _ served: Outcome) -> ArguedDifference? {
            ArguedDifference.explaining(step, kernel: kernel, served: served)
        }
        #expect(reason(.refused(.denied), .refused(.badPath)) == .pathsAreParsedFirst)
        #expect(reason(.refused(.exists), .refused(.badPath)) == .pathsAreParsedFirst)
        #expect(reason(.bytes([]), .refused(.badPath)) == nil)
        #expect(reason(.refused(.denied), .refused(.missing)) == nil)
    }

    @Test("shrinks a sequence to what matters in it")
    func shrinks() async throws {
        let shortest = try await Shrinking.shortest(Array(0..<200)) { $0.contains(17) && $0.contains(140) }
        #expect(shortest == [17, 140])
    }
}
