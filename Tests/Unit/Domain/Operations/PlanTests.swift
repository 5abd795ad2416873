import Domain
import Testing

/// Plans, applied to a store of two dictionaries, against a naive filesystem: the same answers and the same
/// trees.
@Suite("Plans")
struct PlanTests {
    /// A store and its naive twin.
    private struct Twins {
        var store: ModelStore
        var naive: NaiveFilesystem
        var ids: SeededIdentifiers
        var time = 1_000

        init(seed: UInt64) {
            var root = Inode.root(owner: UserID(1001), group: GroupID(500), at: .test(1))
            root.mode = FileMode(rawValue: 0o777)
            store = ModelStore(root: root)
            naive = NaiveFilesystem(rootOwner: 1001, group: 500, mode: 0o777, time: 1)
            ids = SeededIdentifiers(seed: seed)
        }

        /// Plans on the state as it is now.
        mutating func plan(_ operation: RandomOperation, _ actor: Actor) -> Result<Plan?, Refusal> {
            let resolutions = operation.resolutions(in: store, at: .test(time))
            do {
                return .success(
                    try operation.plan(
                        on: resolutions, by: actor.principal, size: UInt64(time), ids: &ids))
            } catch {
                return .failure(error)
            }
        }

        /// Plans and commits; the error number, and the plan when it was committed.
        mutating func perform(_ operation: RandomOperation, _ actor: Actor) -> (errno: Errno, plan: Plan?) {
            switch plan(operation, actor) {
            case .failure(let refusal): return (refusal.errno, nil)
            case .success(nil): return (.ok, nil)
            case .success(let plan?):
                switch store.commit(plan.changeset, at: .test(time)) {
                case .committed: return (.ok, plan)
                case .refused(.broken(let broken)):
                    guard let refusal = plan.refusal(ifBroken: broken) else {
                        Issue.record("planned on the state itself, and yet refused: \(broken)")
                        return (.einval, nil)
                    }
                    return (refusal.errno, nil)
                case .refused(let other):
                    Issue.record("\(other)")
                    return (.einval, nil)
                }
            }
        }
    }

    @Test(
        "Operations one after another answer and leave behind what a naive filesystem does",
        arguments: 1...24)
    func sequences(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var twins = Twins(seed: seed)
        var history: [String] = []
        for round in 0..<800 {
            // An old tree is full, and closed to most.
            if round.isMultiple(of: 50) { (twins, history) = (Twins(seed: generator.next()), []) }
            let operation = RandomOperation.random(&generator)
            let actor = generator.element(of: Actor.all)
            twins.time += 1
            let expected = operation.perform(
                on: &twins.naive, by: actor.naive, size: twins.time, at: twins.time)
            let (errno, plan) = twins.perform(operation, actor)
            history.append("\(actor.principal.name) \(operation): \(expected)")
            let tree = twins.store.tree
            guard errno == expected, tree == twins.naive.root.renumbered else {
                Issue.record(
                    "seed \(seed), round \(round): \(errno)\n\(history.joined(separator: "\n"))")
                return
            }
            if let inode = plan?.inode(at: .test(twins.time)) {
                #expect(twins.store.inodes[inode.id] == inode, "seed \(seed), round \(round): \(operation)")
            }
        }
    }

    /// The heart of the matter: two operations are planned on the same state, one is committed, then the
    /// other. If the store lets it, it must have done what it would have done had it been planned after the
    /// first.
    @Test("A plan that commits after another has the effect of having been made after it", arguments: 1...24)
    func interleavings(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var twins = Twins(seed: seed)
        var (committed, refused) = (0, 0)
        for round in 0..<800 {
            if round.isMultiple(of: 50) { twins = Twins(seed: generator.next()) }
            let (first, second) = (RandomOperation.random(&generator), RandomOperation.random(&generator))
            let (one, other) = (generator.element(of: Actor.all), generator.element(of: Actor.all))
            twins.time += 2
            let time = twins.time
            let late = twins.plan(second, other)
            twins.time += 1
            let expectedFirst = first.perform(
                on: &twins.naive, by: one.naive, size: twins.time, at: twins.time)
            #expect(twins.perform(first, one).errno == expectedFirst, "seed \(seed), round \(round)")
            guard case .success(let plan?) = late else { continue }

            twins.time += 1
            var after = twins.naive
            let expected = second.perform(on: &after, by: other.naive, size: time, at: twins.time)
            let failure: String?
            switch twins.store.commit(plan.changeset, at: .test(twins.time)) {
            case .committed:
                committed += 1
                twins.naive = after
                failure = expected == .ok ? nil : "committed instead of \(expected)"
            case .refused(.broken(let broken)):
                refused += 1
                let answer = plan.refusal(ifBroken: broken)?.errno
                failure =
                    answer == nil || answer == expected ? nil : "final \(answer as Any), not \(expected)"
            case .refused(let refusal):
                failure = "\(refusal)"
            }
            if failure != nil || twins.store.tree != twins.naive.root.renumbered {
                let actors = (one.principal.name, other.principal.name)
                Issue.record(
                    "seed \(seed), round \(round): \(failure ?? "trees") \(first) \(second) \(actors)")
                return
            }
        }
        #expect(committed > 0 && refused > 0, "seed \(seed)")
    }
}
