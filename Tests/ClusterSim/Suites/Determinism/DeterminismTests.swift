import SimCore
import SimWorkloads
import SimWorld
import Testing

/// Needs `SWIFT_DETERMINISTIC_HASHING=1` in the environment, which `scripts/test` sets.
@Suite("The simulator repeats itself")
struct DeterminismTests {
    private static func run(_ seed: UInt64, _ workload: any Workload.Type) -> Run {
        Run(seed: seed, of: workload, judgesHistory: false)
    }

    @Test("The same seed gives the same run, step by step", arguments: [1, 24, 26] as [UInt64])
    func sameSeed(seed: UInt64) {
        // A third of the workloads each.
        for (index, workload) in Workloads.all.enumerated() where UInt64(index) % 3 == seed % 3 {
            let first = Self.run(seed, workload).perform(trace: Trace(keepsSteps: true))
            let second = Self.run(seed, workload).perform(trace: Trace(keepsSteps: true))
            let difference = zip(first.stepDigests, second.stepDigests).enumerated().first {
                $0.element.0 != $0.element.1
            }
            #expect(difference == nil, "seed \(seed) of \(workload.name) differs at this step")
            #expect(first.digest == second.digest)
            #expect(first.operations >= 200)
        }
    }

    @Test("Another seed gives another run")
    func otherSeed() throws {
        let workload = try #require(Workloads.all.first)
        let digests = (1...4).map { Self.run($0, workload).perform().digest }
        #expect(Set(digests).count == 4)
    }

    @Test("Whether somebody reads the trace changes nothing")
    func reading() throws {
        let workload = try #require(Workloads.all.first)
        var lines = 0
        let told = Self.run(3, workload).perform(trace: Trace { _ in lines += 1 })
        #expect(told.digest == Self.run(3, workload).perform().digest)
        #expect(lines > 400)
    }
}
