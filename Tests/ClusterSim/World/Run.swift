import Domain
import Memory
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
        package var probes: [(name: String, count: Int)] = []
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
    let overrides: [String: Int]
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
        let world = World(Streams(seed: seed), options: WorldOptions(swarm), trace: trace)
        let progress = Progress()
        let program = workload.init(world)
        world.start("the workload") {
            await stages(world, program, progress)
            progress.isDone = true
        }
        let ending = world.scheduler.run(
            stepsMax: Limits.stepsMax, until: MonotonicInstant(nanoseconds: 0) + Limits.virtualTimeMax,
            isDone: { progress.isDone })
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
        report.failures = progress.failures + world.complaints
        if ending != .finished {
            report.failures.append(
                "the run is \(ending) in \(progress.stage); waiting: \(world.scheduler.waiting)")
        }
        world.scheduler.cleanUp()
        return report
    }

    private final class Progress: @unchecked Sendable {
        var isDone = false
        var stage = "start"
        var failures: [String] = []
    }

    private func stages(_ world: World, _ program: any Workload, _ progress: Progress) async {
        // A deployment that was there before: every node knows of the stores of all.
        for node in world.nodes { _ = try? await world.store.register(node.store) }
        for node in world.nodes { node.start() }
        guard
            await world.wait(
                atMost: Limits.recovery, until: { world.nodes.allSatisfy { $0.state == .serving } })
        else {
            progress.failures.append("the cluster does not start in fair weather")
            return
        }
        progress.stage = "set-up"
        await program.setUp()
        progress.stage = "work"
        let trouble = Trouble(world)
        world.letItRain()
        trouble.begin()
        await program.work()
        progress.stage = "recovery"
        trouble.end()
        world.calmDown()
        guard
            await world.wait(
                atMost: Limits.recovery, until: { world.nodes.allSatisfy { $0.state == .serving } })
        else {
            progress.failures.append("liveness: a node does not serve although nothing is wrong any more")
            return
        }
        progress.stage = "power cut"
        let aftermath = Aftermath(world)
        guard await aftermath.cutAllPower() else {
            progress.failures.append("liveness: a node does not come back after a power cut")
            return
        }
        // What a node had sent before the power went may still arrive.
        await world.pass(Limits.lastMessage)
        world.becomeCalm()
        progress.stage = "check"
        progress.failures += await program.check()
        if judgesHistory { progress.failures += Judges.check(world.history).map(\.description) }
        progress.stage = "settling"
        progress.failures += await aftermath.settle()
    }
}
