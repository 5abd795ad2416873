import Glibc
import SimCore
import SimWorkloads
import SimWorld

/// Many seeds, one after the other, until they or the time or the patience with failures are used up.
struct Campaign {
    /// Seeds that one process simulates: what a seed leaves behind is some megabytes.
    private static let batch: UInt64 = 64

    private let invocation: Invocation
    private let clock = ContinuousClock()

    init(_ invocation: Invocation) { self.invocation = invocation }

    func perform() -> Int32 {
        let start = clock.now
        var failures = Batch.run { performRegressions() }
        var seed = invocation.seeds.lowerBound + invocation.shard.index
        while isWithin(seed, start), failures < invocation.failuresMax {
            let patience = invocation.failuresMax - failures
            failures += Batch.run { perform(from: seed, start, patience) }
            seed += Self.batch * invocation.shard.count
        }
        return failures == 0 ? 0 : 1
    }

    /// How many seeds failed.
    private func performRegressions() -> Int {
        var totals = Totals()
        let start = clock.now
        for (index, regression) in invocation.regressions.enumerated()
        where UInt64(index) % invocation.shard.count == invocation.shard.index {
            perform(
                Run(seed: regression.seed, of: regression.workload, overrides: regression.overrides), &totals)
        }
        if totals.seeds > 0 { totals.tell(after: start.duration(to: clock.now)) }
        return totals.failures
    }

    /// One batch of seeds; how many of them failed.
    private func perform(from first: UInt64, _ start: ContinuousClock.Instant, _ patience: Int) -> Int {
        var totals = Totals()
        let begun = clock.now
        for turn in 0..<Self.batch {
            let seed = first + turn * invocation.shard.count
            guard isWithin(seed, start), totals.failures < patience else { break }
            guard invocation.includes(seed) else { continue }
            let run = Run(
                seed: seed, of: invocation.workload(of: seed), overrides: invocation.overrides,
                judgesHistory: invocation.judgesHistory)
            perform(run, &totals)
        }
        totals.tell(after: begun.duration(to: clock.now))
        return totals.failures
    }

    private func perform(_ run: Run, _ totals: inout Totals) {
        let report = run.perform()
        totals.add(report)
        if invocation.printsDigests {
            print("\(report.seed) \(report.workload) \(String(report.digest, radix: 16)) \(report.steps)")
        }
        if !report.failures.isEmpty { tell(report, run.overrides) }
    }

    /// With a limit of time the range is only where to begin.
    private func isWithin(_ seed: UInt64, _ start: ContinuousClock.Instant) -> Bool {
        guard let seconds = invocation.seconds else { return seed < invocation.seeds.upperBound }
        return start.duration(to: clock.now) < .seconds(seconds)
    }

    private func tell(_ report: Run.Report, _ chosen: [String: Int]) {
        let commit = environment("CALLFS_SIM_COMMIT") ?? "unknown"
        let toolchain = environment("CALLFS_SIM_TOOLCHAIN") ?? "unknown"
        print("FAILED seed \(report.seed) of \(report.workload), commit \(commit), \(toolchain)")
        print("  options: \(report.options)")
        for failure in report.failures.prefix(12) { print("  \(failure)") }
        defer { fflush(nil) }
        if report.failures.count > 12 { print("  and \(report.failures.count - 12) more") }
        let overrides = chosen.sorted { $0.key < $1.key }.map {
            " --option \($0.key)=\($0.value)"
        }
        print(
            "  replay: scripts/sim --seed \(report.seed) --workload \(report.workload)\(overrides.joined())")
    }

    private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private struct Totals {
        var seeds = 0
        var operations = 0
        var succeeded = 0
        var unknown = 0
        var steps: UInt64 = 0
        var failures = 0
        var probes: [Probe: Int] = [:]

        mutating func add(_ report: Run.Report) {
            seeds += 1
            operations += report.operations
            succeeded += report.succeeded
            unknown += report.unknown
            steps += report.steps
            if !report.failures.isEmpty { failures += 1 }
            for probe in report.probes { probes[probe.probe, default: 0] += probe.count }
        }

        func tell(after elapsed: Duration) {
            let milliseconds =
                elapsed.components.seconds * 1_000 + elapsed.components.attoseconds / 1_000_000_000_000_000
            for probe in Probe.allCases { print("probe \(probes[probe] ?? 0) \(probe.rawValue)") }
            print(
                "total seeds=\(seeds) operations=\(operations) succeeded=\(succeeded) "
                    + "unknown=\(unknown) steps=\(steps) failures=\(failures) "
                    + "milliseconds=\(milliseconds)")
        }
    }
}
