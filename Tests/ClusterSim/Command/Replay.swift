import SimCore
import SimWorld

/// One seed, told step by step.
struct Replay {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func perform() -> Int32 {
        let seed = invocation.seeds.lowerBound
        let run = Run(seed: seed, of: invocation.workload(of: seed), overrides: invocation.overrides)
        print("    step         time who       what         detail")
        let report = run.perform(trace: Trace { print($0) })
        print("\noptions: \(report.options)")
        print(
            "digest \(String(report.digest, radix: 16)), \(report.steps) steps, "
                + "\(report.operations) operations, \(report.unknown) of them with unknown outcome, "
                + "\(report.virtualTime) of virtual time"
        )
        for failure in report.failures { print("FAILED: \(failure)") }
        return report.failures.isEmpty ? 0 : 1
    }
}
