import Glibc
import SimCore
import SimWorkloads
import SimWorld

/// Many seeds, one after the other, until they or the time or the patience with failures are used up.
struct Campaign {
    private let invocation: Invocation
    private let clock = ContinuousClock()

    init(_ invocation: Invocation) { self.invocation = invocation }

    func perform() -> Int32 {
        let start = clock.now
        var totals = Totals()
        for (index, regression) in invocation.regressions.enumerated()
        where UInt64(index) % invocation.shard.count == invocation.shard.index {
            perform(
                Run(seed: regression.seed, of: regression.workload, overrides: regression.overrides), &totals)
        }
        var seed = invocation.seeds.lowerBound + invocation.shard.index
        while isWithin(seed, start), totals.failures < invocation.failuresMax {
            defer { seed += invocation.shard.count }
            guard invocation.includes(seed) else { continue }
            let run = Run(
                seed: seed, of: invocation.workload(of: seed), overrides: invocation.overrides,
                judgesHistory: invocation.judgesHistory)
            perform(run, &totals)
        }
        let elapsed = start.duration(to: clock.now)
        let milliseconds =
            elapsed.components.seconds * 1_000 + elapsed.components.attoseconds / 1_000_000_000_000_000
        for probe in Probe.allCases { print("probe \(totals.probes[probe] ?? 0) \(probe.rawValue)") }
        print(
            "total seeds=\(totals.seeds) operations=\(totals.operations) succeeded=\(totals.succeeded) "
                + "unknown=\(totals.unknown) steps=\(totals.steps) failures=\(totals.failures) "
                + "milliseconds=\(milliseconds)")
        fflush(nil)
        return totals.failures == 0 ? 0 : 1
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
    }
}
