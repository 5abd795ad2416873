import Domain
package import SimCheckers
package import SimCore

/// One run of one seed.
package struct Run {
    package struct Report: Sendable {
        package var seed: UInt64 = 0
        package var workload = ""
        package var options = ""
        package var digest: UInt64 = 0
        package var stepDigests: [UInt64] = []
        package var steps: UInt64 = 0
        package var virtualTime: Duration = .zero
        package var operations = 0
        /// How many operations were answered with success, and how many nobody knows the outcome of.
        package var succeeded = 0
        package var unknown = 0
        package var probes: [(probe: Probe, count: Int)] = []
        /// A sentence each; empty when all is well.
        package var failures: [String] = []
        package var history = History()
    }

    package enum Limits {
        /// An honest run takes some ten thousands.
        package static let stepsMax: UInt64 = 20_000_000
        package static let virtualTimeMax: Duration = .seconds(24 * 3_600)
        /// How long after the last trouble the cluster may take to be well.
        package static let recovery: Duration = .seconds(120)
        /// Longer than any message is under way, and than nodes take to find each other again.
        package static let lastMessage: Duration = .seconds(60)
    }

    let seed: UInt64
    package let overrides: [String: Int]
    let workload: any Workload.Type
    let judgesHistory: Bool

    /// Without `judgesHistory`, what the clients were told is recorded and not judged: for those who only
    /// want the run itself, because without optimization the search takes minutes in some seeds.
    package init(
        seed: UInt64, of workload: any Workload.Type, overrides: [String: Int] = [:],
        judgesHistory: Bool = true
    ) {
        self.judgesHistory = judgesHistory
        self.seed = seed
        self.workload = workload
        self.overrides = overrides
    }

    package func perform(trace: Trace = Trace()) -> Report {
        let swarm = Swarm(seed: seed, overrides: overrides)
        var options = WorldOptions(swarm)
        workload.adapt(&options, swarm)
        let world = World(Streams(seed: seed), options: options, trace: trace)
        let program = workload.init(world)
        let course = Course(world, judgesHistory: judgesHistory)
        let failures = course.perform {
            course.stage = "set-up"
            await program.setUp()
            course.stage = "work"
            let trouble = Trouble(world)
            world.letItRain()
            trouble.begin()
            await program.work()
            course.stage = "recovery"
            trouble.end()
        } check: {
            await program.check()
        }
        var report = Report()
        report.seed = seed
        report.workload = workload.name
        report.options = swarm.description
        report.digest = trace.digest
        report.stepDigests = trace.digests
        report.steps = trace.step
        report.virtualTime = world.scheduler.now - MonotonicInstant(nanoseconds: 0)
        report.history = world.history
        report.operations = world.history.operations.count
        report.succeeded = world.history.operations.count { if case .ok = $0.outcome { true } else { false } }
        report.unknown = world.history.operations.count { $0.outcome == .unknown }
        report.probes = world.probesSeen
        report.failures = failures
        world.scheduler.cleanUp()
        return report
    }
}
